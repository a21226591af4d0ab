import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RouteFailure } from './route.ts';

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

export async function requireChecksum(path: string, expected: string): Promise<void> {
  const actual = await sha256Of(path);
  if (actual === expected.toLowerCase()) return;
  const shown = `${actual.slice(0, 12)}…, expected ${expected.slice(0, 12)}…`;
  throw new RouteFailure(
    `${basename(path)} has the wrong checksum (${shown}): the download is incomplete or not the real one`,
  );
}
