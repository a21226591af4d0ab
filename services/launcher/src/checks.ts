import { accessSync, constants, mkdirSync, statfsSync } from 'node:fs';
import { isPortFree } from '@gapless/shared/local';
import { Refusal } from './refusal.ts';

const leastFreeBytes = 1024 ** 3;

export function checkNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Refusal(
    `Gapless needs Node 20.19 or newer, and this is ${version}: install Node 22 from https://nodejs.org.`,
  );
}

/** Demo accounts have a password that everybody knows. */
export function checkPurpose(nodeEnv: string): void {
  if (nodeEnv !== 'production') return;
  throw new Refusal(
    '`make run` makes demo accounts with a password that everybody knows, and NODE_ENV says production: see docs/operations.md for that, or unset NODE_ENV.',
  );
}

/** Windows has neither the engines' builds nor the signals that this launcher works with. */
export function checkPlatform(platform: string = process.platform): void {
  if (platform === 'linux' || platform === 'darwin') return;
  throw new Refusal(`Gapless runs on Linux and macOS, and this is ${platform}: use WSL on Windows.`);
}

export function checkDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Refusal(`${dataDir} cannot be written (${code}): set GAPLESS_DATA_DIR to a folder of yours.`);
  }
  const { bavail, bsize } = statfsSync(dataDir);
  const freeBytes = bavail * bsize;
  if (freeBytes >= leastFreeBytes) return;
  const free = `${Math.floor(freeBytes / 1024 ** 2)} MB`;
  throw new Refusal(`Only ${free} are free on the disk of ${dataDir}, and Gapless needs 1 GB: free some space.`);
}

export interface WantedPort {
  readonly port: number;
  readonly purpose: string;
  readonly variable: string;
}

export async function checkPorts(wanted: readonly WantedPort[]): Promise<void> {
  for (const { port, purpose, variable } of wanted) {
    if (await isPortFree(port)) continue;
    throw new Refusal(
      `Port ${port} (${purpose}) is taken by another program: stop that program, or choose another port, for example \`make run ${variable}=${port + 1000}\`.`,
    );
  }
}
