/** A figure that everything else is worked out from, and where it comes from. */
export interface Input {
  readonly value: number;
  readonly unit: string;
  readonly what: string;
  readonly from: string;
}

const inBusyRun = 'two shared cores, 2026-11-21';

/** To be refilled from a run of one's own: `from` says which row of `make bench` prints it, or that none does. */
export const inputs = {
  deliveryCpuUs: {
    ...{ value: 7.2, unit: 'µs', what: 'CPU of edges and NATS for a delivery, sparse' },
    from: 'P1, ratio 1.28 × 5.6 µs of bare uWS on a machine with nothing else to do',
  },
  takeCpuUs: {
    ...{ value: 68, unit: 'µs', what: 'CPU of the edge for taking a send in' },
    from: `P3, CPU of edges a send, ${inBusyRun}`,
  },
  natsSendCpuUs: {
    ...{ value: 55, unit: 'µs', what: 'CPU of NATS for a send: stored once, told to two edges' },
    from: `P3, CPU of NATS a send, ${inBusyRun}`,
  },
  natsForwardCpuUs: {
    ...{ value: 8, unit: 'µs', what: 'CPU of NATS for each further edge that hears a send' },
    from: 'prototype: 20 µs a send with two edges, less the append',
  },
  writeCpuUs: {
    ...{ value: 73, unit: 'µs', what: 'CPU of log worker, MongoDB and api for a send' },
    from: `P3, CPU of log worker, MongoDB and api a send, ${inBusyRun}`,
  },
  connectionKb: {
    ...{ value: 6.6, unit: 'KB', what: 'memory of the edge for an idle connection with five shared rooms' },
    from: 'P5, 2026-11-22, before what connecting leaves is collected',
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
    ...{ value: 15_000, unit: '/s', what: 'appends that one stream takes (one copy, on file)' },
    from: `P3, multiplexer, ${inBusyRun}`,
  },
  workerEvents: {
    ...{ value: 8_000, unit: '/s', what: 'events that one log worker writes' },
    from: `P6, ${inBusyRun}: 8,167 and 10,119`,
  },
  logBytes: { value: 500, unit: 'B', what: 'an event in the log', from: 'operations.md, Streams' },
  storeBytes: { value: 800, unit: 'B', what: 'a message in MongoDB with its indexes', from: 'estimate' },
} as const satisfies Record<string, Input>;

export type Inputs = { readonly [K in keyof typeof inputs]: number };

export const valuesOf = (from: Readonly<Record<keyof Inputs, Input>>): Inputs =>
  Object.fromEntries(Object.entries(from).map(([name, { value }]) => [name, value])) as Inputs;
