import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { createFaultyWay, type Fate } from './live-proxy.ts';
import { NatsOperations } from './nats-operations.ts';

const headed = (subject: string, head: string, body: string): string => {
  const headers = `NATS/1.0\r\n${head}\r\n\r\n`;
  return `HMSG ${subject} 7 ${headers.length} ${headers.length + body.length}\r\n${headers}${body}\r\n`;
};
const live = (seq: number, body = `event ${seq}`) =>
  headed('live.room.042.aroom.log', `Nats-Sequence: ${seq}\r\nNats-Last-Sequence: ${seq - 1}`, body);
const stream = [
  'INFO {"server_name":"nats"}\r\n',
  'PING\r\n',
  'MSG heads.ROOM_0 3 9\r\n{"a":"b"}\r\n',
  live(4, 'MSG in\r\nthe middle\r\n'),
  'MSG live.room.042.aroom.sig 7 _INBOX.x 2\r\nhi\r\n',
  headed('_INBOX.y', 'Nats-Sequence: 9', 'a stored event, read'),
  '+OK\r\n',
];

t.test('a stream is cut into the same operations wherever its chunks end', async (t) => {
  const bytes = Buffer.from(stream.join(''));
  for (const size of [1, 2, 3, 7, 50, 1_000]) {
    const operations = new NatsOperations();
    const got = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
      operations.take(bytes.subarray(n * size, (n + 1) * size)),
    ).flat();
    t.strictSame(
      got.map((operation) => String(operation.bytes)),
      stream,
      `chunks of ${size}`,
    );
    t.strictSame(
      got.map(({ subject, seq }) => [subject, seq]).filter(([subject]) => subject !== undefined),
      [
        ['heads.ROOM_0', undefined],
        ['live.room.042.aroom.log', 4],
        ['live.room.042.aroom.sig', undefined],
        ['_INBOX.y', 9],
      ],
    );
  }
});

async function passed(texts: readonly string[], fates: Readonly<Record<number, Fate>>): Promise<string[]> {
  const out: string[] = [];
  const way = createFaultyWay(
    (_room, seq) => fates[seq] ?? 'pass',
    (bytes) => out.push(String(bytes)),
  );
  for (const operation of new NatsOperations().take(Buffer.from(texts.join('')))) way(operation);
  await wait(200);
  return out;
}

t.test('live events are lost, doubled, swapped and late; nothing else is touched', async (t) => {
  const others = stream.filter((text) => text !== stream[3]);
  t.strictSame(await passed(others, { 4: 'drop', 9: 'drop' }), others);
  const events = [live(1), live(2), live(3)];
  const [one, two, three] = events;
  t.strictSame(await passed(events, {}), events);
  t.strictSame(await passed(events, { 2: 'drop' }), [one, three]);
  t.strictSame(await passed(events, { 2: 'double' }), [one, two, two, three]);
  t.strictSame(await passed(events, { 2: 'swap' }), [one, three, two]);
  t.strictSame(await passed(events, { 3: 'swap' }), [one, two, three], 'with nothing behind it, it comes all the same');
  t.strictSame(await passed(events, { 1: 'delay' }), [two, three, one]);
});
