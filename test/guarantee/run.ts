import { setTimeout as wait } from 'node:timers/promises';
import { type Crowd, gatherCrowd } from './crowd.ts';
import type { Harm, RoomEvidence } from './evidence.ts';
import { type Fault, faultsOf } from './faults.ts';
import { startGround } from './ground.ts';
import { randomFates } from './live-proxy.ts';
import { startLogReader } from './log-reader.ts';
import { createRandom, type Random } from './random.ts';
import { judge } from './verdict.ts';

export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly cluster: boolean;
  /** Holds stores and logs; stays as it is. */
  readonly dir: string;
  /** Mean time between two faults. */
  readonly faultEveryMs?: number;
  readonly shape?: { readonly apis: number; readonly edges: number; readonly workers: number };
  /** Hears how it goes every few seconds. */
  readonly progress?: (line: string) => void;
}

export interface Tally {
  readonly seed: number;
  readonly seconds: number;
  readonly cluster: boolean;
  /** Things that clients asked for under a client id. */
  readonly asked: number;
  readonly acknowledged: number;
  /** Events of the log that were compared. */
  readonly events: number;
  readonly framesSeen: number;
  readonly clients: number;
  readonly connections: number;
  /** Joins, leaves and removals over REST. */
  readonly moves: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly mishaps: Readonly<Record<string, number>>;
  readonly harms: readonly Harm[];
  /** Of the rooms in which there was harm. */
  readonly evidence: readonly RoomEvidence[];
}

const stream = 'ROOM_0';
const mishapShare = 0.06;
const progressMs = 5_000;
const lookMs = 500;
const firstFaultMs = 1_000;
const nothingToStrikeMs = 10;

/** Clients talk, everything that can go wrong does, in the order that the seed gives; then what they saw is compared. */
export async function run(options: RunOptions): Promise<Tally> {
  const { seed, seconds, cluster, dir, progress = () => undefined, faultEveryMs: everyMs = 3_500 } = options;
  const random = createRandom(seed);
  const [faults, mishaps] = [new Counts(), new Counts()];
  let disturbed = false;
  const fates = randomFates(random.branch(), mishapShare, (fate) => mishaps.add(fate));
  const ground = await startGround({
    ...{ dir, cluster, ...(options.shape ?? { apis: 2, edges: 3, workers: 2 }) },
    fates: (room, seq) => (disturbed ? fates(room, seq) : 'pass'),
  });
  const { system } = ground;
  const log = await startLogReader(urlsOf(system.natsServers), stream);
  const crowd = await gatherCrowd({
    ...{ apis: urlsOf(system.apis), edges: urlsOf(system.edges) },
    ...{ people: 5, devices: 8, rooms: 4, perSecond: 40, random: random.branch() },
  });
  const harms: Harm[] = [];
  const broken = (what: string): void => void harms.push({ kind: 'crashed', what });
  const over = new AbortController();
  const { all, lookForCrashes } = faultsOf({ ground, members: crowd.members, over: over.signal, broken });
  const timers = [
    setInterval(() => progress(progressLine(crowd, faults, mishaps)), progressMs),
    setInterval(lookForCrashes, lookMs),
  ];
  try {
    disturbed = true;
    crowd.begin();
    await strikeAll({ all, over, random: random.branch(), seconds, everyMs, faults });
    disturbed = false;
    await crowd.end();
    const verdict = await judge({ system, log, members: crowd.members, rooms: crowd.rooms });
    const counts = { faults: faults.all(), mishaps: mishaps.all() };
    return { ...tallyOf(crowd), seed, seconds, cluster, ...counts, ...verdict, harms: [...harms, ...verdict.harms] };
  } finally {
    for (const timer of timers) clearInterval(timer);
    await crowd.close();
    await log.close();
    await ground.close();
  }
}

const urlsOf = (programs: readonly { readonly url: string }[]): string[] => programs.map(({ url }) => url);

interface Strikes {
  readonly all: readonly Fault[];
  readonly over: AbortController;
  readonly random: Random;
  readonly seconds: number;
  readonly everyMs: number;
  readonly faults: Counts;
}

/** Draws fault after fault; resolves when the last one is over and all programs are well again. */
async function strikeAll({ all, over, random, seconds, everyMs, faults }: Strikes): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  const underWay = new Set<Promise<void>>();
  await wait(firstFaultMs);
  while (Date.now() < end) {
    const { kind, strike } = drawn(all, random);
    const struck = strike(random.branch());
    if (struck === undefined) {
      await wait(nothingToStrikeMs);
      continue;
    }
    faults.add(kind);
    const over: Promise<void> = struck.finally(() => underWay.delete(over));
    underWay.add(over);
    await wait(everyMs * (0.4 + 1.2 * random.next()));
  }
  over.abort();
  await Promise.all(underWay);
}

function drawn(all: readonly Fault[], random: Random): Fault {
  let dice = random.next() * all.reduce((sum, { weight }) => sum + weight, 0);
  for (const fault of all) {
    dice -= fault.weight;
    if (dice < 0) return fault;
  }
  return all.at(-1) as Fault;
}

function tallyOf({ members, moves }: Crowd) {
  const counts = members.map(({ outbox }) => outbox.counts);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    asked: sum(counts.map(({ asked }) => asked)),
    acknowledged: sum(counts.map(({ acknowledged }) => acknowledged)),
    framesSeen: sum(members.map(({ framesSeen }) => framesSeen)),
    clients: members.length,
    connections: sum(members.map(({ connections }) => connections)),
    moves: moves(),
  };
}

function progressLine(crowd: Crowd, faults: Counts, mishaps: Counts): string {
  const { asked, acknowledged, framesSeen, connections } = tallyOf(crowd);
  const unsettled = crowd.members.reduce((sum, { outbox }) => sum + outbox.unsettled, 0);
  return [
    `${asked} asked, ${acknowledged} acknowledged, ${unsettled} under way`,
    `${framesSeen} frames over ${connections} connections`,
    `${faults.sum()} faults, ${mishaps.sum()} live messages disturbed`,
  ].join('; ');
}

class Counts {
  readonly #counts: Record<string, number> = {};

  add(what: string): void {
    this.#counts[what] = (this.#counts[what] ?? 0) + 1;
  }

  all(): Record<string, number> {
    return { ...this.#counts };
  }

  sum(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }
}
