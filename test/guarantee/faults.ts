import type { LocalProgram, LocalSystem } from '@gapless/shared/local';
import { sleep } from '@gapless/shared/runtime';
import type { Connection } from './connection.ts';
import type { Ground } from './ground.ts';
import { primaryOf, streamLeaderOf } from './leaders.ts';
import type { Member } from './member.ts';
import type { Random } from './random.ts';

/** Something that users meet: done to one thing, and over after a while. */
export interface Fault {
  /** Counted under this name. */
  readonly kind: string;
  /** How often it is drawn, among the others. */
  readonly weight: number;
  /** `undefined` when there is nothing to do it to now; else resolves when all is well again. */
  strike(random: Random): Promise<void> | undefined;
}

export interface FaultDeps {
  readonly ground: Ground;
  readonly members: readonly Member[];
  /** Aborts when the time for faults is over: what is away comes back at once. */
  readonly over: AbortSignal;
  /** A fault after which a program does not come back is harm. */
  readonly broken: (what: string) => void;
}

const awayMs = { least: 100, most: 3_000 };
const pausedMs = { least: 500, most: 6_000 };
const stalledMs = { least: 1_000, most: 8_000 };
const wrongClockMs = { least: 2_000, most: 10_000 };
const largestShiftMs = 2 * 3_600_000;
/** A worker that is ahead lets the log go of what is written, and whoever compares has to have read it before. */
const workerAheadMs = 5_000;
const startAttempts = 5;

export interface Faults {
  readonly all: readonly Fault[];
  /** Brings back what ended though nothing was done to it, and reports it. */
  lookForCrashes(): void;
}

/** Every fault there is, for this system. A program meets one at a time, and of each engine one member at a time. */
export function faultsOf(deps: FaultDeps): Faults {
  const { ground, members } = deps;
  const { system } = ground;
  const busy = new Set<LocalProgram>();
  const on = createStrikes(busy, deps);
  const services = [
    { name: 'edge', programs: system.edges, weight: 5 },
    { name: 'api', programs: system.apis, weight: 2 },
    { name: 'log worker', programs: system.workers, weight: 3 },
  ].flatMap(({ name, programs, weight }) => [
    { kind: `${name} kill -9`, weight, strike: on.killed(programs) },
    { kind: `${name} paused`, weight, strike: on.paused(programs) },
  ]);
  const engines = [
    { name: 'nats-server', programs: system.natsServers },
    { name: 'mongod', programs: system.mongods },
  ].flatMap(({ name, programs }) => {
    const oneOf = { alone: programs };
    return [
      { kind: `${name} kill -9`, weight: 2, strike: on.killed(programs, oneOf) },
      { kind: `${name} restart`, weight: 1, strike: on.restarted(programs, oneOf) },
      { kind: `${name} paused`, weight: 1, strike: on.paused(programs, oneOf) },
    ];
  });
  const sockets = [
    { kind: 'socket cut mid-frame', weight: 4, strike: onSocket(members, (connection) => connection.cut()) },
    {
      kind: 'slow reader',
      weight: 4,
      strike: onSocket(members, (connection, random) =>
        connection.stall(random.between(stalledMs.least, stalledMs.most)),
      ),
    },
  ];
  const absences = { kind: 'client away', weight: 2, strike: absence(members) };
  const clocks = { kind: 'clock jump', weight: 3, strike: clockJump(ground, deps.over) };
  const leaders = system.natsServers.length > 1 ? leaderFaults(deps, on) : [];
  return {
    all: [...services, ...engines, ...leaders, ...sockets, absences, clocks],
    lookForCrashes: () => {
      for (const program of programsOf(system)) {
        if (busy.has(program) || program.running()) continue;
        deps.broken(`${program.name} ended by itself: ${program.logFile}`);
        void on.strikeOne(program, () => startAgain(program));
      }
    },
  };
}

const programsOf = ({ natsServers, mongods, apis, edges, workers }: LocalSystem): readonly LocalProgram[] => [
  ...natsServers,
  ...mongods,
  ...apis,
  ...edges,
  ...workers,
];

interface Alone {
  /** Not while one of these is struck. */
  readonly alone?: readonly LocalProgram[];
}
type Strike = Fault['strike'];
type Treatment = (program: LocalProgram, random: Random, over: AbortSignal) => Promise<void>;
type Strikes = ReturnType<typeof createStrikes>;

function createStrikes(busy: Set<LocalProgram>, { broken, over }: Pick<FaultDeps, 'broken' | 'over'>) {
  const free = (programs: readonly LocalProgram[]) => programs.filter((program) => !busy.has(program));

  const strikeOne = async (program: LocalProgram, work: () => Promise<void>): Promise<void> => {
    busy.add(program);
    await work().catch((error: Error) => broken(`${program.name}: ${error.message}`));
    busy.delete(program);
  };
  const oneOf = (programs: readonly LocalProgram[], { alone = [] }: Alone, work: Treatment): Strike => {
    return (random) => {
      if (alone.some((program) => busy.has(program))) return undefined;
      const candidates = free(programs);
      if (candidates.length === 0) return undefined;
      const program = random.pick(candidates);
      return strikeOne(program, () => work(program, random, over));
    };
  };
  return {
    strikeOne,
    free,
    killed: (programs: readonly LocalProgram[], alone: Alone = {}) => oneOf(programs, alone, killAndStart),
    restarted: (programs: readonly LocalProgram[], alone: Alone = {}) => oneOf(programs, alone, stopAndStart),
    paused: (programs: readonly LocalProgram[], alone: Alone = {}) => oneOf(programs, alone, pauseAndResume),
  };
}

async function killAndStart(program: LocalProgram, random: Random, over: AbortSignal): Promise<void> {
  const ms = random.between(awayMs.least, awayMs.most);
  await program.kill9();
  await sleep(ms, over);
  await startAgain(program);
}

async function stopAndStart(program: LocalProgram, random: Random, over: AbortSignal): Promise<void> {
  const ms = random.between(0, awayMs.least);
  await program.stop();
  await sleep(ms, over);
  await startAgain(program);
}

async function pauseAndResume(program: LocalProgram, random: Random, over: AbortSignal): Promise<void> {
  program.pause();
  await sleep(random.between(pausedMs.least, pausedMs.most), over);
  program.resume();
}

/** What it needs may be struck meanwhile. */
async function startAgain(program: LocalProgram): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await program.start();
    } catch (error) {
      if (attempt === startAttempts) throw error;
    }
  }
}

function onSocket(members: readonly Member[], work: (connection: Connection, random: Random) => void): Strike {
  return (random) => {
    const connected = members.flatMap(({ connection }) => connection ?? []);
    if (connected.length === 0) return undefined;
    work(random.pick(connected), random);
    return Promise.resolve();
  };
}

function absence(members: readonly Member[]): Strike {
  return (random) => {
    random.pick(members).stayAway(random.between(stalledMs.least, stalledMs.most));
    return Promise.resolve();
  };
}

/** The clock of a process goes wrong while it runs, and is set right later. */
function clockJump(ground: Ground, over: AbortSignal): Strike {
  const wrong = new Set<object>();
  return (random) => {
    const right = [...ground.system.edges, ...ground.system.workers].filter((program) => !wrong.has(program));
    if (right.length === 0) return undefined;
    const program = random.pick(right);
    wrong.add(program);
    const ahead = ground.system.workers.includes(program) ? workerAheadMs : largestShiftMs;
    ground.alter(program, { clockShiftMs: random.between(-largestShiftMs, ahead) });
    return sleep(random.between(wrongClockMs.least, wrongClockMs.most), over).then(() => {
      ground.alter(program, {});
      wrong.delete(program);
    });
  };
}

/** Whoever leads when it is struck. */
function leaderFaults({ ground: { system }, over }: FaultDeps, { strikeOne, free }: Strikes): Fault[] {
  const of = (programs: readonly LocalProgram[], find: () => Promise<LocalProgram | undefined>): Strike => {
    return (random) => {
      if (free(programs).length < programs.length) return undefined;
      const branch = random.branch();
      return find().then((leader) =>
        leader === undefined ? undefined : strikeOne(leader, () => killAndStart(leader, branch, over)),
      );
    };
  };
  return [
    { kind: 'stream leader kill -9', weight: 3, strike: of(system.natsServers, () => streamLeaderOf(system)) },
    { kind: 'primary kill -9', weight: 3, strike: of(system.mongods, () => primaryOf(system)) },
  ];
}
