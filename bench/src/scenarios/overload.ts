import { createEnds } from '../ends.ts';
import { highestRate } from '../highest-rate.ts';
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
}

/** What became of twice what can be sustained. */
export interface Overload {
  /** Sends a second. */
  readonly sustainable: number;
  /** Deliveries a second: the highest of any second of the search, and the mean of the overload. */
  readonly highest: number;
  readonly during: number;
  /** From the end of the overload to the first second from which on the p99 stays below the bound. */
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
const afterMs = 8_000;
const drainMs = 15_000;
const mostP99Ms = 1_000;
/** Part of a step's deliveries that must have come within its own time. */
const inTime = 0.95;
const steps = 5;
/** What compiles late says nothing. */
const warmUpMs = 2_000;

/** Finds what can be sustained, offers twice that, then that again. A refused send is not sent again: the loop is open. */
export async function overload(
  stack: Stack,
  shape: OverloadShape,
  progress: (line: string) => void,
): Promise<Overload> {
  const ends = createEnds();
  try {
    const generator = startGenerator();
    ends.teardown(generator.close);
    const members = shape.clients / stack.population.rooms.length;
    await generator.connect('crowd', seatsOn(stack, { clients: shape.clients, hearing: true }));
    await generator.steps('crowd', { steps: [{ perSecond: shape.firstPerSecond, ms: warmUpMs }], drainMs });
    const { rate, highest } = await search(generator, { ...shape, members }, progress);
    progress(`sustains ${Math.round(rate)} sends/s, ${Math.round(highest)} deliveries/s at most`);
    const report = await generator.steps('crowd', {
      steps: [
        { perSecond: rate, ms: calmMs },
        { perSecond: 2 * rate, ms: shape.overloadMs },
        { perSecond: rate, ms: afterMs },
      ],
      drainMs,
    });
    progress(`twice as much, by the second: ${secondsText(report.seconds)}`);
    return { sustainable: rate, ...outcomeOf(report, shape, highest) };
  } finally {
    await ends.endAll();
  }
}

async function search(
  generator: Generator,
  { firstPerSecond, members }: OverloadShape & { readonly members: number },
  progress: (line: string) => void,
): Promise<{ rate: number; highest: number }> {
  const { rate, tried } = await highestRate({
    from: firstPerSecond,
    steps,
    attempt: (perSecond) => generator.steps('crowd', { steps: [{ perSecond, ms: searchMs }], drainMs }),
    isServed: (report) => {
      const holds = isSustained(report, members);
      progress(`${holds ? 'holds' : 'does not hold'}: ${secondsText(report.seconds)}`);
      return holds;
    },
  });
  if (rate === 0) throw new Error('not even the least rate is sustained');
  const seconds = tried.flatMap(({ attempt }) => attempt.seconds);
  return { rate, highest: Math.max(...seconds.map(({ deliveries }) => deliveries)) };
}

/** Nothing refused, and from its second second on nothing late. */
function isSustained({ seconds, refused }: SteppedReport, members: number): boolean {
  const settled = seconds.slice(1);
  const wanted = settled.reduce((total, { offered }) => total + offered * members, 0);
  const came = settled.reduce((total, { deliveries }) => total + deliveries, 0);
  return refused === 0 && came >= wanted * inTime && settled.every(({ p99 }) => (p99 ?? mostP99Ms) < mostP99Ms);
}

function outcomeOf(report: SteppedReport, { overloadMs }: OverloadShape, soFar: number): Omit<Overload, 'sustainable'> {
  const from = calmMs / 1e3;
  const until = from + overloadMs / 1e3;
  const { seconds, refused, sent, generatorShare } = report;
  const amid = seconds.slice(from, until);
  const after = seconds.slice(until);
  const late = after.findLastIndex(({ p99 }) => (p99 ?? Number.POSITIVE_INFINITY) >= mostP99Ms);
  const fault = faultOf(report);
  return {
    highest: Math.max(soFar, ...seconds.map(({ deliveries }) => deliveries)),
    during: amid.reduce((total, { deliveries }) => total + deliveries, 0) / amid.length,
    recoverySeconds: late + 1,
    ...{ refused, sent, generatorShare, seconds },
    ...(fault === undefined ? {} : { fault }),
  };
}

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
