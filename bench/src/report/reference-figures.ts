import { type Markup, markup } from './markup.ts';

/** Taken once on a machine of the same kind; quoted, because not every peer can be had everywhere. */
const columns = [
  '160 k deliveries/s: CPU a delivery; p50 / p99 / p99.9',
  'highest sustained: deliveries/s, CPU a delivery',
  '76 k deliveries/s: p50 / p99 / p99.9',
  'idle connection',
  'acknowledged sends/s, and what the acknowledgement means',
] as const;

const figures: Readonly<Record<string, readonly [string, string, string, string, string]>> = {
  'bare uWebSockets.js, 1 process': ['5.6 µs; 3 / 16 / 22 ms', '1.40 M, 0.69 µs', '1.06 / 3.0 / 7.4 ms', '1.7 KB', '–'],
  'Centrifugo 6.9, memory': ['8.4 µs; 15 / 57 / 104 ms', '625 k, 2.3 µs (p99 1 s)', '–', '52.7 KB', '–'],
  'Centrifugo 6.9, history': [
    '8.3 µs; 15 / 81 / 126 ms',
    '760 k, 1.95 µs (p99 1 to 2 s)',
    '1.55 / 8.6 / 17.9 ms',
    '–',
    '63 k: in the memory of the process',
  ],
  'Centrifugo 6.9 × 2, Redis, history': [
    '9.5 µs; 17 / 68 / 89 ms',
    '499 k, 3.1 µs (p99 145 ms)',
    '–',
    '–',
    '15.8 k: in the memory of Redis',
  ],
  'Socket.IO 4.8 × 2, Redis': [
    '10.3 µs, does not keep up',
    '148 k, 9.6 µs (p99 737 ms)',
    '3.6 / 34 / 43 ms',
    '16.3 KB',
    '27.8 k: nothing is stored',
  ],
  'Socket.IO 4.8 × 2, Redis, RabbitMQ, MongoDB': [
    'does not keep up',
    '99 k, 16.4 µs (p99 811 ms)',
    '–',
    '16 KB',
    '1,620: in MongoDB, majority',
  ],
  'Tinode 0.25, MongoDB': ['does not keep up', '36 k, 43 µs (p99 688 ms)', '–', '39.2 KB', '790: in MongoDB'],
};

export function referenceFigures(): Markup {
  const lines = Object.entries(figures).map(
    ([name, cells]) => markup`<tr><th scope="row">${name}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`,
  );
  return markup`<h2>For reference: <em>not of this run</em></h2>
<p>Medians of three on another machine with two cores, everything on it: 1,000 clients, rooms of 100, 100-byte texts. They say where
peers stand to each other that cannot be installed everywhere; compare nothing above with them.</p>
<div class="wide"><table class="reference">
<thead><tr><th scope="col"></th>${columns.map((column) => markup`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${lines}</tbody></table></div>`;
}
