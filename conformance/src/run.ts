import { cases } from './cases/index.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { Violation } from './peer.ts';
import { createWorld, type Target } from './world.ts';

export interface Verdict {
  readonly section: string;
  readonly name: string;
  readonly outcome: 'kept' | 'broken' | 'skipped';
  readonly why?: string;
  /** Of what it says to cover, what did not come about. */
  readonly unseen: readonly string[];
}

const withinMs = 20_000;

/** Every case against the server, one after the other; each tells at once. */
export async function runConformance(
  target: Target,
  told: (verdict: Verdict) => void,
  isWanted: (one: ConformanceCase) => boolean = () => true,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const one of cases) {
    if (!isWanted(one)) continue;
    const verdict = await judge(one, target);
    verdicts.push(verdict);
    told(verdict);
  }
  return verdicts;
}

async function judge(one: ConformanceCase, target: Target): Promise<Verdict> {
  const { section, name, users, covers } = one;
  if (users > target.tokens.length) {
    return { section, name, outcome: 'skipped', why: `needs the tokens of ${users} users`, unseen: [] };
  }
  const world = createWorld(target);
  try {
    await inTime(one.withinMs ?? withinMs, one.run(world));
    const [breach] = world.breaches();
    if (breach !== undefined) return { section, name, outcome: 'broken', why: breach, unseen: [] };
    const seen = world.seen();
    return {
      section,
      name,
      outcome: 'kept',
      unseen: covers.filter((promise) => isSeen(promise) && !seen.has(promise)),
    };
  } catch (error) {
    if (!(error instanceof Violation) && !isNetwork(error)) throw error;
    return { section, name, outcome: 'broken', why: (error as Error).message, unseen: [] };
  } finally {
    world.end();
  }
}

/** Limits and transitions are what a case is about; the others show on the wire. */
const isSeen = (promise: string): boolean => /^(op|frame|error|close|handshake) /.test(promise);

const isNetwork = (error: unknown): boolean =>
  error instanceof Error && ('syscall' in error || /handshake/.test(error.message));

async function inTime(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Violation(`did not come to an end within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
