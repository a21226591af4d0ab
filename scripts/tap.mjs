/**
 * Runs compiled tests, a process for each file, and counts assertions. They speak TAP by themselves: tap's own runner would
 * load its coverage and mocks into every one of them, a second or two of work for each of hundreds of files.
 */
import { spawn } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { testFilesOf } from './test-files.mjs';

/** What starts engines waits for them half of its time. */
const jobsPerCore = 2;
/** A file that tap's own time-outs do not end is blocked. */
const hungMs = 15 * 60_000;

/** `seconds`: how long a file may take that says nothing else itself. */
export async function runTests(kind, { jobs = jobsPerCore * availableParallelism(), seconds = 300 } = {}) {
  const files = testFilesOf(kind);
  const counts = { passed: 0, failed: 0 };
  const running = new Set();
  const forward = (signal) => {
    files.length = 0;
    for (const child of running) child.kill(signal);
  };
  process.on('SIGINT', forward);
  process.on('SIGTERM', forward);
  const env = { ...process.env, TAP_TIMEOUT: String(seconds), ...inMemory(kind) };
  let number = 0;
  async function work() {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      const started = performance.now();
      const { passed, failed, output } = await runFile(file, env, running);
      counts.passed += passed;
      counts.failed += failed;
      number++;
      if (failed > 0) console.log(output);
      const took = `time=${(performance.now() - started).toFixed(3)}ms`;
      console.log(`${failed === 0 ? 'ok' : 'not ok'} ${number} - ${file.replace('dist/', '')} # ${took}`);
    }
  }
  await Promise.all(Array.from({ length: jobs }, work));
  process.off('SIGINT', forward);
  process.off('SIGTERM', forward);
  return counts;
}

/** What a file counted itself; one that ends otherwise than it says has failed. */
function runFile(file, env, running) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--enable-source-maps', file], { stdio: ['ignore', 'pipe', 'pipe'], env });
    running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    const hung = setTimeout(() => child.kill('SIGKILL'), hungMs);
    child.once('error', (error) => (output += error.message));
    child.once('close', (code) => {
      clearTimeout(hung);
      running.delete(child);
      const { passed, failed, isWhole } = countsIn(output);
      resolve({ passed, failed: code === 0 && isWhole ? failed : Math.max(1, failed), output });
    });
  });
}

/** tap's last line but one: `# { total: 5, pass: 4, fail: 1 }`. */
function countsIn(output) {
  const totals = [...output.matchAll(/^# \{ total: \d+, pass: (\d+)(?:, fail: (\d+))?/gm)].at(-1);
  return { passed: Number(totals?.[1] ?? 0), failed: Number(totals?.[2] ?? 0), isWhole: totals !== undefined };
}

const neededBytes = 4 * 1024 ** 3;

/** Stores of tests lie in memory where there is room for them: nobody looks at them again, and disks make them wait. */
function inMemory(kind) {
  if (kind !== 'all') return {};
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize < neededBytes ? {} : { TMPDIR: '/dev/shm' };
  } catch {
    return {};
  }
}
