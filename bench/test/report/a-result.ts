import { percentileAxis } from '../../src/rounds.ts';
import type { Spread } from '../../src/row.ts';
import type { BenchResult, Plot, RowResult, TargetResult } from '../../src/table/result.ts';

export const spread = (median: number, least = median, most = median): Spread => ({ median, least, most });

export const target = (over: Partial<TargetResult> = {}): TargetResult => ({
  ...{ key: 'P1 cpu/bare uWS', figure: 'CPU a delivery / bare uWS', wanted: { atMost: 1.25 } },
  ...{ value: spread(1.18, 1.11, 1.24), verdict: 'pass', counted: 4, rounds: 4 },
  ...over,
});

export const row = (over: Partial<RowResult> = {}): RowResult => ({
  ...{ id: 'P1', title: 'sparse fan-out', shape: '1,000 clients, rooms of 100, 1,600 sends/s' },
  ...{ targets: [target()], sides: [], plots: [], remarks: [] },
  ...over,
});

const latency: Plot = {
  title: 'from send to delivered',
  x: percentileAxis,
  y: { label: 'milliseconds', logarithmic: true },
  series: [
    { name: 'Gapless', points: percentileAxis.marks?.map(({ at }, n) => [at, [1.4, 2.9, 6.1, 14][n] as number]) as [] },
    {
      name: 'bare uWS',
      points: percentileAxis.marks?.map(({ at }, n) => [at, [1.1, 1.9, 3.0, 7.4][n] as number]) as [],
    },
    {
      name: 'Socket.IO + Redis adapter',
      points: percentileAxis.marks?.map(({ at }, n) => [at, [3.6, 12, 34, 43][n] as number]) as [],
    },
  ],
};

const offered: Plot = {
  title: 'delivered against offered',
  x: { label: 'deliveries offered a second' },
  y: { label: 'deliveries a second' },
  series: [
    { name: 'Gapless', points: [100, 200, 400, 800, 1_200].map((k) => [k * 1e3, Math.min(k * 1e3, 1_050_000)]) },
    {
      name: 'Socket.IO + Redis adapter',
      points: [50, 100, 150, 200].map((k) => [k * 1e3, Math.min(k * 1e3, 148_000)]),
    },
    { name: 'Socket.IO + RabbitMQ + MongoDB', points: [50, 100, 150].map((k) => [k * 1e3, Math.min(k * 1e3, 99_000)]) },
  ],
};

const cost: Plot = {
  title: 'cost against rooms',
  x: { label: 'rooms', logarithmic: true },
  y: { label: 'CPU µs a delivery' },
  series: [{ name: 'Gapless', points: [10, 100, 1_000, 10_000].map((rooms, n) => [rooms, 5.1 + n / 5]) }],
};

/** Written by hand: every kind of row, verdict and plot, and a row that came to nothing. */
export const aResult: BenchResult = {
  about: {
    at: '2026-11-22T01:02:03.000Z',
    machine: '2 × Some CPU @ 2.60GHz, 8 GiB, Linux 6.1.0',
    loadBefore: 0.4,
    versions: { node: '22.1.0', 'nats-server': '2.14.3', mongod: '8.0.4', 'uWebSockets.js': 'uws-pack 20.0.8' },
    commit: '4f71489abc',
  },
  tookSeconds: 2_284,
  rows: [
    row({
      targets: [
        target(),
        target({
          key: 'P1 cpu/socketio',
          figure: 'CPU a delivery / Socket.IO + Redis',
          wanted: { atMost: 0.65 },
          value: spread(0.52, 0.5, 0.58),
        }),
      ],
      sides: [
        { name: 'Gapless', measures: { 'CPU µs a delivery': spread(6.6, 6.4, 7), 'p99 ms': spread(18, 15, 24) } },
        { name: 'bare uWS', measures: { 'CPU µs a delivery': spread(5.6, 5.4, 5.8), 'p99 ms': spread(16, 13, 19) } },
        { name: 'Socket.IO + Redis adapter', measures: { 'CPU µs a delivery': spread(12.7, 12.1, 13) } },
      ],
    }),
    row({
      ...{ id: 'P2', title: 'dense fan-out', shape: '1,000 clients, rooms of 100, rate sought upward, p99 below 1 s' },
      targets: [
        target({
          key: 'P2 rate/socketio',
          figure: 'highest sustained deliveries/s / Socket.IO + Redis',
          wanted: { atLeast: 7 },
          value: spread(5.8, 5.1, 7.1),
          verdict: 'short',
          counted: 3,
        }),
      ],
      plots: [offered],
      remarks: ['round 2, Socket.IO + Redis: discarded, the generator used 71 % of its core'],
    }),
    row({
      ...{ id: 'P4', title: 'latency', shape: '762 sends/s, 76,200 deliveries/s' },
      targets: [
        target({
          key: 'P4 p99/bare uWS',
          figure: 'p99 / bare uWS',
          wanted: { atMost: 3 },
          value: spread(2.03, 1.7, 2.4),
        }),
      ],
      plots: [latency, cost],
    }),
    row({
      ...{ id: 'P7', title: 'an edge is killed under load', shape: 'three edges, 2,000 messages/s' },
      targets: [
        target({
          key: 'P7 lost',
          figure: 'messages lost',
          wanted: { atMost: 0 },
          value: spread(1, 0, 2),
          verdict: 'fault',
        }),
      ],
      remarks: ['2 lost, 0 doubled, 0 swapped'],
    }),
    row({
      ...{ id: 'P11', title: 'cold rooms', shape: '200,000 rooms' },
      targets: [
        target({
          key: 'P11 rate/P3',
          figure: 'acknowledged sends/s / P3',
          wanted: { atLeast: 0.5 },
          value: spread(Number.NaN),
          verdict: 'no figure',
          counted: 0,
        }),
      ],
      remarks: ['overran its 240 s'],
    }),
    row({ id: 'P12', title: 'overload', targets: [], remarks: ['not run'] }),
  ],
  peers: [
    { name: 'bare uWS', version: 'uws-pack 20.0.8' },
    { name: 'Socket.IO + Redis adapter', version: '4.8.1, Redis 7.0.15' },
    { name: 'Centrifugo', missing: 'no `centrifugo` on PATH, and no package client brings it' },
  ],
};
