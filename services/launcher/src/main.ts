import { ConfigError, loadConfig } from '@gapless/shared/config';
import { EngineNotFound, StartFailure } from '@gapless/shared/local';
import { greeting } from './greeting.ts';
import { launch, type Running } from './launcher.ts';
import { createProgress } from './progress.ts';
import { Refusal } from './refusal.ts';

const progress = createProgress(process.stdout);
let running: Running | undefined;
let stopping = false;

/** The first signal stops in order, the second at once: the guardian then ends what is left. */
async function stop(): Promise<void> {
  if (stopping || running === undefined) process.exit(130);
  stopping = true;
  process.stdout.write('\n');
  await progress.step('stopping', running.close);
  process.exit(0);
}

function fail(error: unknown): never {
  const expected = [Refusal, ConfigError, EngineNotFound, StartFailure].some((kind) => error instanceof kind);
  const { message, stack } = error as Error;
  process.stderr.write(`\n${expected ? message : stack}\n`);
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop().catch(fail));
process.stdout.write('Starting Gapless\n');
try {
  running = await launch({ config: loadConfig('launcher'), progress });
  process.stdout.write(greeting(running.run));
} catch (error) {
  fail(error);
}
