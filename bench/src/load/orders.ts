import type { Faults } from './chain.ts';
import type { LatencySummary } from './latency.ts';
import type { Seat } from './load-socket.ts';

/** What the process that makes the load is told, and what it answers. */
export type Order =
  | {
      readonly do: 'connect';
      readonly crowd: string;
      readonly seats: readonly Seat[];
      /** Those that other processes hear are among them: all take turns as if they were one. */
      readonly rooms: readonly string[];
    }
  | {
      readonly do: 'run';
      readonly crowd: string;
      readonly load: Load;
      /** The same for all processes that share the load. */
      readonly orderedUs: number;
    }
  | { readonly do: 'steps'; readonly crowd: string; readonly load: SteppedLoad }
  | { readonly do: 'disconnect'; readonly crowd: string };

export type Load = OpenLoad | ClosedLoad;

interface Times {
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** How long nothing may come, while something is missing at the end, before it is given up. */
  readonly drainMs: number;
}

/** So many sends a second, whatever the server does; rooms and the senders in them take turns. */
export interface OpenLoad extends Times {
  readonly kind: 'open';
  readonly perSecond: number;
  /** Whether the server answers each send with `ok`. */
  readonly acknowledges: boolean;
}

/** Each socket keeps so many sends under way: finds the highest rate. Rooms take turns. */
export interface ClosedLoad extends Times {
  readonly kind: 'closed';
  readonly window: number;
  readonly rooms: readonly string[];
  /** Each socket sends to so many of them, that are its own; left out, all send to all. */
  readonly roomsEach?: number;
}

/** One open loop whose rate changes, by servers that may refuse: what they refuse is not sent again. */
export interface SteppedLoad {
  readonly steps: readonly { readonly perSecond: number; readonly ms: number }[];
  /** Longest wait for what is under way at the end. */
  readonly drainMs: number;
}

/** One second of it, by the time at which sends were due; `deliveries` by that at which they came. */
export interface SteppedSecond {
  readonly offered: number;
  readonly deliveries: number;
  /** Deliveries of what was due then that came within a second. */
  readonly inTime: number;
  /** Milliseconds from when a send was due to its delivery; none was delivered: `undefined`. */
  readonly p99?: number;
}

/** Over a whole run, and of it alone: what came late of an earlier one is not counted. */
interface Outcome {
  readonly sent: number;
  readonly acknowledged: number;
  /** With a time to come back. */
  readonly refused: number;
  readonly delivered: number;
  /** Of what was not refused. */
  readonly expected: number;
  readonly faults: Faults;
  readonly troubles: Readonly<Record<string, number>>;
}

export interface SteppedReport extends Outcome {
  readonly seconds: readonly SteppedSecond[];
  readonly generatorShare: number;
}

export type Answer =
  | { readonly say: 'connected' }
  | { readonly say: 'begun' }
  | { readonly say: 'ended' }
  | { readonly say: 'report'; readonly part: LoadPart }
  | { readonly say: 'stepped'; readonly report: SteppedReport };

export interface LoadReport extends Outcome {
  /** Within the time that was measured. */
  readonly measured: {
    readonly seconds: number;
    readonly deliveries: number;
    readonly acknowledged: number;
    /** Of one core. */
    readonly generatorShare: number;
  };
  /** From the time at which a send was due to its delivery, or its `ok` in a closed loop. */
  readonly latency: LatencySummary;
  /** How long after its time a send left. */
  readonly lateness: LatencySummary;
}

/** What one process has to tell, in a form that can be added to that of others. */
export interface LoadPart extends Omit<LoadReport, 'latency' | 'lateness'> {
  /** `Latencies`, encoded. */
  readonly latency: string;
  readonly lateness: string;
}
