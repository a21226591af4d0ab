import type { LocalProgram } from '@gapless/shared/local';
import type { RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { type Person, roomOf, signUp } from './actors/person.ts';
import { openDatabase } from './actors/record.ts';
import { settle } from './actors/sender.ts';
import { connect, type Frame, type Socket } from './actors/socket.ts';
import { aSystem } from './actors/system.ts';

const system = await aSystem(t);
const [first, second] = system.edges.map(({ url }) => url) as [string, string];
const [ann, ben] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
const db = await openDatabase(t, system);

async function say(socket: Socket, room: RoomId, count: number): Promise<number[]> {
  const seqs: number[] = [];
  for (let n = 0; n < count; n++) seqs.push((await socket.send(room, `message ${n}`))['s'] as number);
  return seqs;
}

const signals = (socket: Socket, t: string, room: RoomId): Frame[] =>
  socket.frames.filter((frame) => frame.t === t && frame['r'] === room);

/** Every mark of the user that the socket was told of, in the order of its coming. */
const toldOf = (socket: Socket, room: RoomId, { id }: Person): number[] =>
  signals(socket, 'rcpt', room)
    .flatMap((frame) => frame['w'] as [string, number, number][])
    .filter(([user]) => user === id)
    .map(([, , read]) => read);

const rises = (marks: readonly number[]): boolean =>
  marks.every((mark, n) => n === 0 || mark >= (marks[n - 1] as number));

/** How far the user has read, as `hello` says to a device that knows nothing yet. */
async function restored(url: string, person: Person, room: RoomId): Promise<number | undefined> {
  const socket = await connect(url, person, 'none');
  await socket.until('the rooms', ({ frames }) => frames.some(({ t, more }) => t === 'rooms' && more === undefined));
  const entries = socket.frames.flatMap((frame) => (frame.t === 'rooms' ? (frame['rs'] as Entry[]) : []));
  await socket.close();
  return entries.find(({ r }) => r === room)?.read;
}

interface Entry {
  readonly r: RoomId;
  readonly read?: number;
}

/** The api may take too long for a busy machine, and then nothing is said; never something older. */
async function expectRestored(t: Test, url: string, room: RoomId, mark: number): Promise<void> {
  const said = new Set<number | undefined>();
  await until('hello tells how far I read', async () => {
    const now = await restored(url, ann, room);
    said.add(now);
    return now === mark;
  });
  said.delete(undefined);
  t.same([...said], [mark], 'nothing older was ever said');
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const inMongo = async (room: RoomId, { id }: Person): Promise<number> =>
  (await db.collection<{ _id: string; read: number }>('reads').findOne({ _id: `${room}:${id}` }))?.read ?? 0;

t.test(
  'two hundred reads reach a member on another edge in a few frames, rising, and my other device once each',
  async (t) => {
    const { id: room } = await roomOf(ann, ben);
    const [annsPhone, annsDesk, bens] = await Promise.all([
      connect(first, ann),
      connect(second, ann),
      connect(second, ben),
    ]);
    const seqs = await say(bens, room, 200);
    const last = seqs.at(-1) as number;
    const began = Date.now();
    for (const s of seqs.slice(0, -1)) {
      annsPhone.write({ t: 'read', r: room, s });
      await pause(5);
    }
    t.equal((await annsPhone.request({ t: 'read', r: room, s: last })).t, 'ok');
    await bens.until('the newest mark', (socket) => toldOf(socket, room, ann).includes(last));
    await annsDesk.until('my own mark', (socket) =>
      signals(socket, 'readelse', room).some((frame) => frame['s'] === last),
    );
    const ticks = Math.ceil((Date.now() - began) / 300) + 1;
    const told = toldOf(bens, room, ann);
    t.ok(told.length <= ticks, `${told.length} receipts in ${ticks} ticks for 200 reads`);
    t.ok(rises(told));
    t.ok(signals(annsDesk, 'readelse', room).length <= ticks);
    t.equal(signals(annsPhone, 'readelse', room).length, 0, 'not the device that read');
    await until('it is in MongoDB', async () => (await inMongo(room, ann)) === last);

    bens.write({ t: 'typing', r: room, on: 1 });
    await annsPhone.until('that he writes', (socket) => signals(socket, 'typing', room).length === 1);
    t.same(signals(annsPhone, 'typing', room), [{ t: 'typing', r: room, u: ben.id, on: 1 }]);
    t.equal((await ben.post(`/v1/rooms/${room}/read`, { sequence: last })).status, 204);
    await annsPhone.until('what he read by REST', (socket) => toldOf(socket, room, ben).includes(last));
    for (const socket of [annsPhone, annsDesk, bens]) await socket.close();
  },
);

interface Counted {
  readonly id: string;
  readonly read: number;
  readonly unread: number;
  readonly mentions: number;
}

t.test(
  'unread counts and marks are the same on three devices, over two edges, by REST and after a reconnect',
  async (t) => {
    const { id: room } = await roomOf(ann, ben);
    const devices = [await connect(first, ann), await connect(second, ann), await connect(first, ann, 'none')] as const;
    const [phone, desk, tablet] = devices;
    const bens = await connect(second, ben);
    const seqs = [...(await say(bens, room, 3)), (await bens.send(room, `@${ann.nickname} look`))['s'] as number];
    const [start, last] = [seqs[0] as number, seqs.at(-1) as number];
    const byRest = async (): Promise<Counted | undefined> => {
      const { status, body } = await ann.get<{ items: Counted[] }>('/v1/rooms');
      return status === 200 ? body.items.find(({ id }) => id === room) : undefined;
    };
    const counts = async (): Promise<string> => {
      const { read, unread, mentions } = (await byRest()) ?? { read: -1, unread: -1, mentions: -1 };
      return `${read} ${unread} ${mentions}`;
    };
    const hears = (socket: Socket, t: string, s: number) =>
      socket.until(`${t} ${s}`, () => signals(socket, t, room).some((frame) => frame['s'] === s));

    await until('all of it is counted', async () => (await counts()) === '0 4 1');
    phone.write({ t: 'read', r: room, s: last });
    for (const device of [desk, tablet]) await hears(device, 'readelse', last);
    t.equal(await counts(), `${last} 0 0`);
    await bens.until('that I have read', (socket) => toldOf(socket, room, ann).includes(last));

    const marking = { t: 'call', m: 'rooms.markUnread', p: { room, sequence: seqs[1] } };
    t.match(await tablet.request(marking), { t: 'ok' });
    for (const device of devices) await hears(device, 'unread', seqs[1] as number);
    t.equal(await counts(), `${last} 3 1`);
    desk.terminate();
    const again = await connect(second, ann);
    const mine = again.frames.flatMap((frame) => (frame.t === 'rooms' ? (frame['rs'] as { r: string }[]) : []));
    t.match(
      mine.find(({ r }) => r === room),
      { read: last, from: seqs[1] },
      'a device that comes back is told',
    );

    t.match(await again.request({ t: 'read', r: room, s: start }), { t: 'ok' });
    for (const device of [phone, tablet]) await hears(device, 'readelse', start);
    t.equal(await counts(), `${last} 0 0`, 'read again, on the other edge');
    type Receipts = { items: { user: string; read: number }[] };
    const { body } = await ben.get<Receipts>(`/v1/rooms/${room}/receipts`);
    t.equal(body.items.find(({ user }) => user === ann.id)?.read, last, 'others saw no mark go back');
    type Readers = { items: { user: string }[]; counts: object };
    const readers = await ben.get<Readers>(`/v1/rooms/${room}/messages/${last}/readers`);
    t.match(readers.body, { items: [{ user: ann.id }], counts: { read: 1, received: 1, of: 1 } });
    const stranger = await signUp(system.api.url);
    t.equal((await stranger.get(`/v1/rooms/${room}/messages/${last}/readers`)).status, 403);
    t.equal((await stranger.get(`/v1/rooms/${room}/receipts`)).status, 403);
    for (const socket of [phone, tablet, again, bens]) await socket.close();
  },
);

t.test(
  'what was answered is there after all edges, the log worker and MongoDB died, and never goes back',
  async (t) => {
    const { id: room } = await roomOf(ann, ben);
    const bens = await connect(second, ben);
    const [a, b, c] = (await say(bens, room, 3)) as [number, number, number];
    const worker = system.workers[0] as LocalProgram;
    const read = (s: number) => settle(ann, [first, second], { t: 'read', r: room, s });

    await read(a);
    await worker.kill9();
    await read(b);
    await expectRestored(t, second, room, b);

    await system.mongo.kill9();
    await read(c);
    t.equal(await restored(second, ann, room), undefined, 'while MongoDB is away nothing, rather than something older');
    await Promise.all(system.edges.map((edge) => edge.kill9()));
    await Promise.all([system.mongo.start(), worker.start()]);
    await Promise.all(system.edges.map((edge) => edge.start()));
    await until('it is in MongoDB', async () => (await inMongo(room, ann).catch(() => 0)) === c, 60_000);
    await expectRestored(t, first, room, c);
    await read(a);
    await expectRestored(t, second, room, c);
    type Receipts = { items: { user: string; read: number }[] };
    const { body } = await ben.get<Receipts>(`/v1/rooms/${room}/receipts`);
    t.equal(body.items.find(({ user }) => user === ann.id)?.read, c);
  },
);
