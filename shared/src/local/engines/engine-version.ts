import type { Engine } from './engine.ts';
import { RouteFailure } from './route.ts';
import { runProgram } from './run-program.ts';

/** Asks the program itself, which also shows that it runs on this machine; refuses one that is too old. */
export async function checkedVersion(engine: Engine, path: string): Promise<string> {
  const { code, stdout, stderr } = await runProgram(path, ['--version'], 20_000);
  const version = /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (code !== 0 || version === undefined) {
    const reason = stderr.trim().split('\n').at(-1) || `it ended with code ${code}`;
    throw new RouteFailure(`${path} does not run here: ${reason}`);
  }
  if (!isAtLeast(version, engine.atLeast)) {
    throw new RouteFailure(`${path} is version ${version}, and Gapless needs ${engine.atLeast} or newer`);
  }
  return version;
}

export function isAtLeast(version: string, least: string): boolean {
  const have = version.split('.').map(Number);
  const need = least.split('.').map(Number);
  for (const [place, wanted] of need.entries()) {
    const given = have[place] ?? 0;
    if (given !== wanted) return given > wanted;
  }
  return true;
}
