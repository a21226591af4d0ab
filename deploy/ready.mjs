/** Asks the service in this container whether it can do its work; says what is in the way when it cannot. */
const port = process.env.GAPLESS_ADMIN_PORT ?? '9080';

try {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(3_000) });
  const { obstacles } = await response.json();
  process.stdout.write(`${response.ok ? 'ready' : obstacles.join('; ')}\n`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(`no answer: ${error.message}\n`);
  process.exitCode = 1;
}
