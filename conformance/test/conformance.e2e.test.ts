import { startSystem, type Teardown } from '@gapless/shared/testing';
import t from 'tap';
import { cases } from '../src/cases/index.ts';
import type { ConformanceCase } from '../src/conformance-case.ts';
import type { Frame } from '../src/frame-rules.ts';
import { runConformance, type Verdict } from '../src/run.ts';
import { type Break, breakingProxy } from './breaking-proxy.ts';

const system = await startSystem(t, {
  settings: {
    api: { passwordMemoryKib: 64, passwordPasses: 1, loginsPerMinute: 10_000, requestsPerMinute: 100_000 },
    'log-worker': { leaseMs: 2_000 },
  },
});

async function tokenOf(name: string): Promise<string> {
  const account = { nickname: name, email: `${name}@test.example`, password: 'a long enough password' };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${system.api.url}/v1/auth/signup`, {
    method: 'POST',
    headers,
    body: JSON.stringify(account),
  });
  return ((await answer.json()) as { accessToken: string }).accessToken;
}

const people = async (name: string): Promise<string[]> => [
  await tokenOf(`${name}-one`),
  await tokenOf(`${name}-two`),
  await tokenOf(`${name}-three`),
];
const [edge] = system.edges;
const url = edge?.url ?? '';

t.test('a real server keeps all of the protocol', async (t) => {
  const verdicts = await runConformance(
    { url, tokens: await people('whole') },
    ({ section, name, outcome, why, unseen }) => {
      t.equal(outcome, 'kept', `${section}: ${name}${why === undefined ? '' : ` (${why})`}`);
      t.same(unseen, [], 'and all that it says to cover came about');
    },
  );
  t.equal(verdicts.length, cases.length);
});

const asIs = (frame: Frame): readonly Frame[] => [frame];
const isEvent = (frame: Frame): boolean => 'p' in frame && 's' in frame;

/** A server that is broken in one way, and the section in which that must show; and the case, where that saves time. */
interface Mutant {
  readonly in: string;
  readonly case?: string;
  of(): Break;
}

const mutants: Readonly<Record<string, Mutant>> = {
  'loses every tenth event': {
    in: 'Order and gaps',
    of: () => counted(isEvent, (frame, n) => (n % 10 === 9 ? [] : [frame])),
  },
  'doubles events': { in: 'Order and gaps', of: () => (frame) => (isEvent(frame) ? [frame, frame] : [frame]) },
  'swaps events': { in: 'Order and gaps', of: swapping },
  'names no predecessor': {
    in: 'Order and gaps',
    of: () => (frame) => [isEvent(frame) ? { ...frame, p: 0, s: 1 } : frame],
  },
  'answers under another number': {
    in: 'Requests and replies',
    of: () => (frame) => [{ ...frame, i: Number(frame['i'] ?? 0) + 1 }],
  },
  'closes where it should refuse': {
    in: 'Requests and replies',
    of: () => (frame) => (frame.t === 'err' ? { close: 4400 } : [frame]),
  },
  'refuses with another code': {
    in: 'Sending',
    of: () => (frame) => [frame.t === 'err' ? { ...frame, code: 'internal' } : frame],
  },
  'says nothing of duplicates': {
    in: 'Sending',
    of:
      () =>
      ({ dup: _, ...frame }) =>
        [frame] as Frame[],
  },
  'answers a repeated send with a new number': {
    in: 'Sending',
    of: () => (frame) => [frame['dup'] === 1 ? { ...frame, s: Number(frame['s']) + 1 } : frame],
  },
  'keeps edits to itself': { in: 'Changing messages', of: () => (frame) => (frame.t === 'edit' ? [] : [frame]) },
  'lets everybody change everything': {
    in: 'Changing messages',
    of: () => (frame) => [frame['code'] === 'forbidden' ? { t: 'ok', i: frame['i'] } : frame],
  },
  'forgets to say removed': { in: 'Membership', of: () => (frame) => (frame.t === 'removed' ? [] : [frame]) },
  'tells no receipts': { in: 'Receipts', of: () => (frame) => (frame.t === 'rcpt' ? [] : [frame]) },
  'tells other devices nothing': { in: 'Receipts', of: () => (frame) => (frame.t === 'readelse' ? [] : [frame]) },
  'replays without the end': { in: 'Resuming', of: () => (frame) => (frame.t === 'live' ? [] : [frame]) },
  'takes every cursor': { in: 'Resuming', of: () => (frame) => (frame['code'] === 'bad_cursor' ? [] : [frame]) },
  'has no time': {
    in: 'Keeping alive',
    of:
      () =>
      ({ now: _, ...frame }) =>
        [frame] as Frame[],
  },
  'limits nothing': { in: 'Limits', of: () => (frame) => (frame['code'] === 'rate_limited' ? [] : [frame]) },
  'forgets the thread': {
    in: 'Sending',
    of:
      () =>
      ({ re: _, ...frame }) =>
        [frame] as Frame[],
  },
  'tells nobody of pins': { in: 'Changing messages', of: () => (frame) => (frame.t === 'pin' ? [] : [frame]) },
  'knows no slow mode': {
    in: 'Who may write',
    of: () => (frame) => [frame['code'] === 'slow_mode' ? { t: 'ok', i: frame['i'] } : frame],
  },
  'freezes without a word': { in: 'Who may write', of: () => (frame) => (frame.t === 'room' ? [] : [frame]) },
  'mutes for good': {
    in: 'Who may write',
    of:
      () =>
      ({ retry: _, ...frame }) =>
        [frame] as Frame[],
  },
  'never says who is there': { in: 'Presence', of: () => (frame) => (frame.t === 'pres' ? [] : [frame]) },
  'lets nobody ring': { in: 'Calls', of: () => (frame) => (frame.t === 'sig' ? [] : [frame]) },
  'connects strangers': {
    in: 'Calls',
    of: () => (frame) => [frame['code'] === 'not_found' ? { t: 'ok', i: frame['i'], on: 1 } : frame],
  },
  'tells nothing of mentions': {
    in: 'Inbox',
    case: 'named',
    of: () => (frame) => (frame.t === 'mention' ? [] : [frame]),
  },
  'takes in without a word': { in: 'Inbox', of: () => (frame) => (frame.t === 'added' ? [] : [frame]) },
  'names no lag': { in: 'Resuming', case: 'lag', of: () => (frame) => (frame.t === 'lag' ? [] : [frame]) },
  'says hi to somebody else': { in: 'Connect', of: () => (frame) => [frame.t === 'hi' ? { ...frame, u: 'x' } : frame] },
};

function counted(which: (frame: Frame) => boolean, alter: (frame: Frame, n: number) => readonly Frame[]): Break {
  let n = 0;
  return (frame) => (which(frame) ? alter(frame, n++) : asIs(frame));
}

function swapping(): Break {
  let held: Frame | undefined;
  return (frame) => {
    if (frame.t !== 'msg') return [frame];
    if (held === undefined) {
      held = frame;
      return [];
    }
    const both = [frame, held];
    held = undefined;
    return both;
  };
}

/** At most so many at a time: most of what they do is wait. */
const lanes = 6;

t.test('a server that is broken in any one way is found out', async (t) => {
  const left = Object.entries(mutants);
  const work = async (lane: number): Promise<void> => {
    const tokens = await people(`broken-${lane}`);
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [name, mutant] = next;
      const why = await found(t, mutant, tokens);
      t.not(why, undefined, `a server that ${name}: ${why ?? 'not found'}`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)));
});

/** What the suite says of it first. */
async function found(t: Teardown, mutant: Mutant, tokens: readonly string[]): Promise<string | undefined> {
  const broken: Verdict[] = [];
  const isWanted = ({ section, name }: ConformanceCase) =>
    section === mutant.in && name.includes(mutant.case ?? '') && broken.length === 0;
  const target = { url: await breakingProxy(t, url, mutant.of), tokens };
  await runConformance(target, (verdict) => verdict.outcome === 'broken' && broken.push(verdict), isWanted);
  return broken[0]?.why;
}
