import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError, loadConfig } from '@gapless/shared/config';
import { lockData } from './data-lock.ts';
import { Refusal } from './refusal.ts';

/** Clears the data of a system that does not run. */
async function reset(): Promise<string> {
  const dataDir = resolve(loadConfig('launcher').dataDir);
  if (!existsSync(dataDir)) return `${dataDir} is not there: nothing to clear.`;
  await lockData(dataDir);
  for (const part of ['nats', 'mongo', 'logs', 'keys', 'run.json', 'launcher.pid']) {
    rmSync(resolve(dataDir, part), { recursive: true, force: true });
  }
  return `${dataDir} is cleared.`;
}

try {
  process.stdout.write(`${await reset()}\n`);
} catch (error) {
  if (!(error instanceof Refusal || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
