/** A figure that everything else is worked out from, and where it comes from. */
export interface Input {
  readonly value: number;
  readonly unit: string;
  readonly what: string;
  readonly from: string;
}

const inRun = 'two shared cores, 2026-11-22';

/** To be refilled from a run of one's own: `from` says which row of `make bench` prints it, or that none does. */
export const inputs = {
  deliveryCpuUs: {
    ...{ value: 6.6, unit: 'µs', what: 'CPU of edges and NATS for a delivery, sparse' },
    from: `P1, ${inRun}`,
  },
  takeCpuUs: {
    ...{ value: 68, unit: 'µs', what: 'CPU of the edge for taking a send in' },
    from: `P3, CPU of edges a send, ${inRun}`,
  },
  natsSendCpuUs: {
    ...{ value: 42, unit: 'µs', what: 'CPU of NATS for a send: stored once, told to two edges' },
    from: `P3, CPU of NATS a send, ${inRun}`,
  },
  natsForwardCpuUs: {
    ...{ value: 8, unit: 'µs', what: 'CPU of NATS for each further edge that hears a send' },
    from: 'prototype: 20 µs a send with two edges, less the append',
  },
  writeCpuUs: {
    ...{
      value: 261,
      unit: 'µs',
      what: 'CPU of log worker, MongoDB and api for a send, search of the bench’s text included',
    },
    from: `P3, CPU of log worker, MongoDB and api a send, ${inRun}`,
  },
  connectionKb: {
    ...{ value: 4.8, unit: 'KB', what: 'memory of the edge for an idle connection with five shared rooms' },
    from: `P5, ${inRun}, behind a collection`,
  },
  kernelKb: {
    ...{ value: 4, unit: 'KB', what: 'memory of the kernel for an idle TCP connection' },
    from: 'estimate',
  },
  edgeConnections: {
    ...{
      value: 50_000,
      unit: '',
      what: 'connections that one edge should hold: as many come back at once when it dies',
    },
    from: 'estimate; P8 says how fast they do',
  },
  streamAppends: {
    ...{ value: 40_000, unit: '/s', what: 'appends that one stream takes (one copy, on file)' },
    from: `P3, multiplexer, ${inRun}: 52,100 to 54,500`,
  },
  workerEvents: {
    ...{ value: 20_000, unit: '/s', what: 'events that one log worker writes' },
    from: `P6, ${inRun}: 21,700 to 22,600 of a backlog`,
  },
  logBytes: { value: 500, unit: 'B', what: 'an event in the log', from: 'operations.md, A full log' },
  storeBytes: { value: 800, unit: 'B', what: 'a message in MongoDB with its indexes', from: 'estimate' },
} as const satisfies Record<string, Input>;

export type Inputs = { readonly [K in keyof typeof inputs]: number };

export const valuesOf = (from: Readonly<Record<keyof Inputs, Input>>): Inputs =>
  Object.fromEntries(Object.entries(from).map(([name, { value }]) => [name, value])) as Inputs;
