import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../src/local/engines/engine.ts';
import type { Commands, Search } from '../../src/local/engines/route.ts';

/** An engine that is a line of shell, so that routes are tried without the real downloads. */
export const testEngine = (changes: Partial<Engine> = {}): Engine => ({
  program: 'test-engine',
  variable: 'GAPLESS_TEST_ENGINE_URL',
  atLeast: '2.15',
  wheel: { package: 'test-engine-bin', version: '1.0.0', holds: '2.15.1', member: '/test-engine', sha256: {} },
  release: () => undefined,
  mend: 'apt install test-engine',
  ...changes,
});

export const programText = (version: string): string => `#!/bin/sh\necho "test-engine: v${version}"\n`;

export function writeProgram(dir: string, name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

export const noCommands: Commands = { pip: [], which: async () => undefined };

export const searchIn = (cacheDir: string, changes: Partial<Search> = {}): Search => ({
  engine: testEngine(),
  cacheDir,
  url: '',
  commands: noCommands,
  progress: () => undefined,
  ...changes,
});
