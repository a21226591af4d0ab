import type { Inputs } from './inputs.ts';

/** What people do in the busiest hour. */
export interface Workload {
  readonly connections: number;
  /** Messages that a connected user sends a minute. */
  readonly sendsPerMinute: number;
  /** Sockets that hear one message. */
  readonly audience: number;
}

export interface Size {
  readonly sendsPerSecond: number;
  readonly deliveriesPerSecond: number;
  /** Work in cores, at the peak. */
  readonly edgeCores: number;
  readonly natsCores: number;
  readonly writeCores: number;
  readonly edges: number;
  /** Edges that hear one message. */
  readonly hearingEdges: number;
  readonly memoryGb: number;
  readonly streams: number;
  /** One more than there is work for: one may die. */
  readonly workers: number;
  readonly logGb: number;
  readonly storeGbPerDay: number;
  /** What a deployment of one of each would run out of first, and how many of it the peak would fill. */
  readonly first: { readonly what: string; readonly times: number };
}

/** Nothing runs above half of what it can: the other half is for a neighbour's clients, a restart, a bad minute. */
export const headroom = 2;
/** The peak is so many times the mean of a day. */
export const peakOfMean = 3;
/** How long the log keeps what is in MongoDB. */
const logDays = 3;
const fewestEdges = 2;

/** How much of everything a workload needs. */
export function sizeOf({ connections, sendsPerMinute, audience }: Workload, inputs: Inputs): Size {
  const sends = (connections * sendsPerMinute) / 60;
  const deliveries = sends * audience;
  const edgeCores = (deliveries * inputs.deliveryCpuUs + sends * inputs.takeCpuUs) / 1e6;
  const edges = Math.max(fewestEdges, ceil(edgeCores * headroom), ceil(connections / inputs.edgeConnections));
  const hearingEdges = edges * (1 - (1 - 1 / edges) ** audience);
  const natsUs = inputs.natsSendCpuUs + Math.max(0, hearingEdges - 2) * inputs.natsForwardCpuUs;
  const workersAtWork = ceil((sends * headroom) / inputs.workerEvents);
  const sendsPerDay = (sends / peakOfMean) * 86_400;
  const filled = {
    'connections of an edge': connections / inputs.edgeConnections,
    'the core of an edge': edgeCores,
    'a stream': sends / inputs.streamAppends,
    'a log worker': sends / inputs.workerEvents,
  };
  const [what, times] = Object.entries(filled).reduce((most, one) => (one[1] > most[1] ? one : most));
  return {
    ...{ sendsPerSecond: sends, deliveriesPerSecond: deliveries, edgeCores, edges, hearingEdges },
    natsCores: (sends * natsUs) / 1e6,
    writeCores: (sends * inputs.writeCpuUs) / 1e6,
    memoryGb: (connections * (inputs.connectionKb + inputs.kernelKb)) / 1e6,
    // A stream has one worker at a time.
    streams: Math.max(ceil((sends * headroom) / inputs.streamAppends), workersAtWork),
    workers: workersAtWork + 1,
    logGb: (sendsPerDay * logDays * inputs.logBytes) / 1e9,
    storeGbPerDay: (sendsPerDay * inputs.storeBytes) / 1e9,
    first: { what, times },
  };
}

const ceil = (value: number): number => Math.max(1, Math.ceil(value));
