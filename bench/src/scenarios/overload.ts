import { sleep } from '@gapless/shared/runtime';
import { isAtRest } from '../at-rest.ts';
import { cpuMsOfAll } from '../cpu.ts';
import { createEnds } from '../ends.ts';
import { type HighestRate, highestRate } from '../highest-rate.ts';
import { faultCount } from '../load/chain.ts';
import { type Generator, startGenerator } from '../load/generator.ts';
import type { SteppedReport, SteppedSecond } from '../load/orders.ts';
import type { Stack } from '../stack.ts';
import { seatsOn } from './seats.ts';

export interface OverloadShape {
  readonly clients: number;
  /** Where the search for what is sustained begins, sends a second. */
  readonly firstPerSecond: number;
  readonly overloadMs: number;
  /** Whether so many seconds are left: without them there are fewer tries, and no overload that would be cut off. */
  readonly hasTimeFor: (seconds: number) => boolean;
}

/** What became of twice what can be sustained. */
export interface Overload {
  /** Sends a second. */
  readonly sustainable: number;
  /** Deliveries a second: of the best stretch of the search and of the run, and the mean of the overload. */
  readonly highest: number;
  readonly during: number;
  /** From the end of the overload to the first second from which on all that is offered arrives, and in time. */
  readonly recoverySeconds: number;
  readonly refused: number;
  readonly sent: number;
  readonly generatorShare: number;
  /** One entry a second: what was offered, what came, and how late. */
  readonly seconds: readonly SteppedSecond[];
  /** What was lost, doubled, swapped, or ended. */
  readonly fault?: string;
}

const searchMs = 3_000;
const calmMs = 2_000;
const afterMs = 7_000;
const drainMs = { search: 5_000, overload: 12_000 };
const mostP99Ms = 1_000;
/** Part of what was offered that must have come in time. */
const partInTime = 0.95;
const steps = 5;
const fewestSteps = 3;
/** With its rest. */
const secondsATry = 7;
/** Below it the machine is what fails. */
const leastPerSecond = 10;
/** What compiles late says nothing. */
const warmUpMs = 2_000;
/** An edge remembers a refusal for two seconds; what it left to log workers and NATS is worked off in looks after that. */
const rest = { leastMs: 2_500, lookMs: 500, share: 0.3, longestMs: 10_000 };

/**
 * Finds what can be sustained, offers twice that, then that again; `undefined` when no rate was sustained, or the
 * time is over. A refused send is not
 * sent again: the loop is open.
 */
export async function overload(
  stack: Stack,
  shape: OverloadShape,
  progress: (line: string) => void,
): Promise<Overload | undefined> {
  const ends = createEnds();
  try {
    const generator = startGenerator();
    ends.teardown(generator.close);
    const members = shape.clients / stack.population.rooms.length;
    await generator.connect('crowd', seatsOn(stack, { clients: shape.clients, hearing: true }));
    await generator.steps('crowd', {
      steps: [{ perSecond: shape.firstPerSecond / 2, ms: warmUpMs }],
      drainMs: drainMs.search,
    });
    const { rate, tried } = await search({ stack, generator, members }, shape, progress);
    if (rate === 0 || !shape.hasTimeFor(overloadSeconds(shape))) return undefined;
    const highest = Math.max(...tried.map(({ attempt }) => highestOf(attempt.seconds)));
    progress(`sustains ${Math.round(rate)} sends/s, ${Math.round(highest)} deliveries/s at most`);
    await atRest(stack);
    const report = await generator.steps('crowd', {
      steps: [
        { perSecond: rate, ms: calmMs },
        { perSecond: 2 * rate, ms: shape.overloadMs },
        { perSecond: rate, ms: afterMs },
      ],
      drainMs: drainMs.overload,
    });
    progress(`twice as much, by the second: ${secondsText(report.seconds)}`);
    return { sustainable: rate, ...outcomeOf(report, { ...shape, members }, highest) };
  } finally {
    await ends.endAll();
  }
}

const overloadSeconds = ({ overloadMs }: OverloadShape): number => (rest.leastMs + calmMs + overloadMs + afterMs) / 1e3;

interface Loaded {
  readonly stack: Stack;
  readonly generator: Generator;
  /** Sockets that hear one send. */
  readonly members: number;
}

/** Where nothing is sustained it goes on below, as long as it may: a busy machine holds a part of what a quiet one does. */
async function search(
  { stack, generator, members }: Loaded,
  shape: OverloadShape,
  progress: (line: string) => void,
): Promise<HighestRate<SteppedReport>> {
  const hasTimeFor = (tries: number) => shape.hasTimeFor(tries * secondsATry + overloadSeconds(shape));
  const searchFrom = (from: number) =>
    highestRate({
      ...{ from, steps: hasTimeFor(steps) ? steps : fewestSteps },
      attempt: async (perSecond) => {
        await atRest(stack);
        return generator.steps('crowd', { steps: [{ perSecond, ms: searchMs }], drainMs: drainMs.search });
      },
      isServed: (report) => {
        const holds = isSustained(report, members);
        progress(`${holds ? 'holds' : 'does not hold'}: ${secondsText(report.seconds)}; ${report.refused} refused`);
        return holds;
      },
    });
  let found = await searchFrom(shape.firstPerSecond);
  while (found.rate === 0 && hasTimeFor(fewestSteps)) {
    const least = Math.min(...found.tried.map(({ rate }) => rate));
    if (least < leastPerSecond) break;
    found = await searchFrom(least / 2);
  }
  return found;
}

/** Whoever is measured next neither pays for what the last one left nor is refused for it. */
async function atRest({ pids }: Stack): Promise<void> {
  await sleep(rest.leastMs);
  await isAtRest(() => cpuMsOfAll([...pids.servers, ...pids.brokers, ...pids.others]), rest);
}

/** A second, over the best stretch as long as a try: the best single second has what waited from the one before. */
export function highestOf(seconds: readonly SteppedSecond[], stretch = searchMs / 1e3): number {
  const stretches = seconds.slice(stretch - 1).map((_, from) => seconds.slice(from, from + stretch));
  return Math.max(...stretches.map((some) => some.reduce((total, { deliveries }) => total + deliveries, 0) / stretch));
}

/** Nothing refused, and from its second second on nothing late. */
function isSustained({ seconds, refused }: SteppedReport, members: number): boolean {
  const settled = seconds.slice(1);
  const wanted = settled.reduce((total, { offered }) => total + offered * members, 0);
  const came = settled.reduce((total, { deliveries }) => total + deliveries, 0);
  return refused === 0 && came >= wanted * partInTime && settled.every(({ p99 }) => (p99 ?? mostP99Ms) < mostP99Ms);
}

function outcomeOf(
  report: SteppedReport,
  { overloadMs, members }: OverloadShape & Pick<Loaded, 'members'>,
  soFar: number,
): Omit<Overload, 'sustainable'> {
  const from = calmMs / 1e3;
  const until = from + overloadMs / 1e3;
  const { seconds, refused, sent, generatorShare } = report;
  const amid = seconds.slice(from, until);
  const fault = faultOf(report);
  return {
    highest: Math.max(soFar, highestOf(seconds)),
    during: amid.reduce((total, { deliveries }) => total + deliveries, 0) / amid.length,
    recoverySeconds: recoverySeconds(seconds.slice(until), members),
    ...{ refused, sent, generatorShare, seconds },
    ...(fault === undefined ? {} : { fault }),
  };
}

/** Who still refuses much of what it sustains has not recovered, however fast it delivers the rest. */
export const recoverySeconds = (after: readonly SteppedSecond[], members: number): number =>
  after.findLastIndex((second) => second.inTime < second.offered * members * partInTime) + 1;

/** Of what was acknowledged nothing may be missing; what was refused has said so. */
function faultOf({ faults, troubles, delivered, expected, acknowledged, refused, sent }: SteppedReport) {
  const parts = Object.entries(troubles).map(([what, count]) => `${count} × ${what}`);
  const { lost, doubled, swapped, broken } = faults;
  if (faultCount(faults) > 0) parts.push(`${lost} lost, ${doubled} doubled, ${swapped} swapped, ${broken} broken`);
  if (delivered !== expected) parts.push(`${delivered} of ${expected} delivered`);
  if (acknowledged + refused !== sent) parts.push(`${sent - acknowledged - refused} sends without an answer`);
  return parts.length === 0 ? undefined : parts.join('; ');
}

const secondsText = (seconds: readonly SteppedSecond[]): string =>
  seconds.map(({ deliveries, p99 }) => `${Math.round(deliveries / 1e3)}k/${Math.round(p99 ?? 0)}ms`).join(' ');
