import { type Heard, wrappings } from '../src/load/wrapping.ts';

/** What a client makes of what a server writes, in words. */
export function heard(dialect: keyof typeof wrappings, text: string): unknown[] {
  const all: unknown[] = [];
  const sink: Heard = {
    greeted: () => all.push('greeted'),
    event: (bytes, start, end) => all.push(['event', bytes.toString('utf8', start, end)]),
    acknowledged: (i) => all.push(['acknowledged', i]),
    frame: (frame) => all.push(frame),
    reply: (reply) => all.push(['reply', reply]),
  };
  const bytes = Buffer.from(`…${text}…`);
  const margin = Buffer.byteLength('…');
  wrappings[dialect].read(bytes, margin, bytes.length - margin, sink);
  return all;
}
