import { sleep } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import { type MintedPerson, mintPeople } from '@gapless/shared/testing';
import { createCpuWatch } from '../cpu-watch.ts';
import { Listener } from '../load/listener.ts';
import { createClientIds } from '../load/message.ts';
import type { Gapless } from './gapless.ts';
import { openMarks } from './mongo-marks.ts';

export interface CrowdShape {
  readonly members: number;
  readonly sockets: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** What a stretch of messages cost, and what of it were receipts. */
export interface Stretch {
  readonly messages: number;
  readonly marks: number;
  /** Of each socket. */
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly edgeCpuMsPerMessage: number;
}

export interface CrowdFigures {
  readonly off: Stretch;
  readonly on: Stretch;
  /** Frames a second that each socket would get if each mark of another one were told by itself. */
  readonly uncoalesced: number;
  readonly marksPerSecond: number;
  /** What of them the log worker wrote: the newest of each member. */
  readonly rowsPerSecond: number;
  /** From the last mark to the moment in which all of them are in MongoDB. */
  readonly inMongoMs: number;
  readonly counted: { readonly n: number; readonly sockets: number };
}

const dialsAtOnce = 50;
const sources = 20;
const deadlineMs = 60_000;
const newClientId = createClientIds();

/** A room of many members of whom some have a socket: the same messages without receipts, then with all of them reading along. */
export async function receiptCrowd(
  { system, population, urls, pids }: Gapless,
  shape: CrowdShape,
): Promise<CrowdFigures> {
  const room = population.rooms[0] as RoomId;
  const people = await mintPeople(system, room, shape.members - 1);
  const readers = await dial(urls, people.slice(0, shape.sockets), room);
  const marks = await openMarks(system.mongoUrl, room);
  try {
    const talk = (reads: boolean) => stretch({ readers, reads, room, shape, edges: pids.edges });
    const off = await talk(false);
    const before = await marks.updates();
    const on = await talk(true);
    const last = Math.max(...readers.map((reader) => reader.lastSeq));
    const said = performance.now();
    await until('all marks are in MongoDB', async () => (await marks.countAt(last)) >= readers.length);
    const inMongoMs = performance.now() - said;
    await until('the crowd is told of all of them', async () =>
      readers.every((reader) => (reader.of('rcpt').at(-1)?.n ?? 0) >= readers.length - 1),
    );
    const rows = (await marks.updates()) - before;
    return {
      ...{ off, on, inMongoMs },
      uncoalesced: on.marks / shape.seconds,
      rowsPerSecond: rows / shape.seconds,
      marksPerSecond: on.marks / shape.seconds,
      counted: { n: readers[0]?.of('rcpt').at(-1)?.n ?? 0, sockets: readers.length },
    };
  } finally {
    await marks.close();
    for (const reader of readers) reader.close();
  }
}

async function stretch(asked: {
  readers: readonly Listener[];
  reads: boolean;
  room: RoomId;
  shape: CrowdShape;
  edges: readonly number[];
}): Promise<Stretch> {
  const { readers, reads, room, shape } = asked;
  const [writer] = readers as [Listener, ...Listener[]];
  for (const reader of readers) reader.begin(reads ? room : undefined);
  const watch = createCpuWatch({ edges: [...asked.edges] });
  watch.begun();
  const messages = shape.perSecond * shape.seconds;
  for (let n = 0; n < messages; n++) {
    writer.send({ t: 'send', i: n + 1, r: room, c: newClientId(), b: { text: `message ${n}` } });
    await sleep(1_000 / shape.perSecond);
  }
  await sleep(1_000);
  watch.ended();
  const heard = readers.flatMap((reader) => reader.of('rcpt'));
  const { seconds, ms } = watch.spent();
  const bytes = heard.reduce((sum, frame) => sum + frame.bytes, 0);
  return {
    messages,
    marks: readers.reduce((sum, reader) => sum + reader.marks, 0),
    framesPerSecond: heard.length / readers.length / seconds,
    bytesPerSecond: bytes / readers.length / seconds,
    edgeCpuMsPerMessage: ms.edges / messages,
  };
}

async function dial(urls: readonly string[], people: readonly MintedPerson[], room: RoomId): Promise<Listener[]> {
  const all: Listener[] = [];
  for (let from = 0; from < people.length; from += dialsAtOnce) {
    const some = people.slice(from, from + dialsAtOnce);
    const dialled = some.map(({ token }, n) => {
      const url = urls[(from + n) % urls.length] as string;
      return Listener.open({ url, localAddress: `127.0.0.${2 + (n % sources)}`, token, room });
    });
    all.push(...(await Promise.all(dialled)));
  }
  return all;
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await sleep(50);
  }
}
