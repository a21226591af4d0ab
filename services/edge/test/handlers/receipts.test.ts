import { type Bus, createMemoryBus, type Mark, readableReceipts } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { clientId, startEdge, type TestEdge, wait } from '../start-edge.ts';
import type { TestClient } from '../test-client.ts';

const longerThanATick = 700;

async function storedIn(bus: Bus): Promise<Mark[]> {
  const batches = await bus.receipts.read(1, 10_000);
  const marks = batches.flatMap(({ bytes }) => readableReceipts(bytes)?.marks ?? []);
  return marks.map(({ room, user, recv, read }) => ({ room, user, recv, read }));
}

const highest = (marks: readonly Mark[], user: UserId) => ({
  recv: Math.max(0, ...marks.filter((mark) => mark.user === user).map(({ recv }) => recv)),
  read: Math.max(0, ...marks.filter((mark) => mark.user === user).map(({ read }) => read)),
});

/** Two members of a room with some messages in it. */
async function aRoom(t: Test, bus: Bus = createMemoryBus(), count = 5) {
  const edge = await startEdge(t, { framesPerSecond: 100_000, frameBurst: 100_000 }, bus);
  const [ann, ben] = [newId<UserId>(), newId<UserId>()];
  const room = newId<RoomId>();
  await edge.allow(ann, room);
  await edge.allow(ben, room);
  const [annsClient, bensClient] = [await edge.greeted(ann), await edge.greeted(ben)];
  const seqs: number[] = [];
  for (let n = 0; n < count; n++) seqs.push(await say(bensClient, room, n));
  return { edge, bus, room, ann, ben, annsClient, bensClient, seqs, last: seqs.at(-1) as number };
}

async function say(client: TestClient, room: RoomId, i: number): Promise<number> {
  client.send({ t: 'send', i, r: room, c: clientId(), b: { text: `${i}` } });
  return (await client.next({ t: 'ok', i }))['s'] as number;
}

const frames = (client: TestClient, t: string) => client.frames.filter((frame) => frame.t === t);

t.test('a read is stored, then answered, then told to the room', async (t) => {
  const { bus, room, ann, annsClient, bensClient, last } = await aRoom(t);
  annsClient.send({ t: 'read', i: 1, r: room, s: last });
  t.same(await annsClient.next({ i: 1 }), { t: 'ok', i: 1 });
  t.same(await storedIn(bus), [{ room, user: ann, recv: last, read: last }]);
  t.same(await bensClient.next({ t: 'rcpt' }), { t: 'rcpt', r: room, w: [[ann, last, last]] });
  t.equal(frames(annsClient, 'readelse').length, 0, 'the device that read hears nothing but `ok`');
});

t.test('who has received has not read', async (t) => {
  const { bus, room, ann, annsClient, bensClient, last } = await aRoom(t);
  annsClient.send({ t: 'recv', i: 1, r: room, s: last });
  t.same(await annsClient.next({ i: 1 }), { t: 'ok', i: 1 });
  t.same(await bensClient.next({ t: 'rcpt' }), { t: 'rcpt', r: room, w: [[ann, last, 0]] });
  annsClient.send({ t: 'read', i: 2, r: room, s: 1 });
  await annsClient.next({ i: 2 });
  t.same(await bensClient.next({ t: 'rcpt' }), { t: 'rcpt', r: room, w: [[ann, last, 1]] }, 'each mark for itself');
  t.same(highest(await storedIn(bus), ann), { recv: last, read: 1 });
});

t.test('what says nothing new is answered and goes nowhere', async (t) => {
  const { bus, room, annsClient, bensClient, last } = await aRoom(t);
  annsClient.send({ t: 'read', i: 1, r: room, s: last });
  await annsClient.next({ i: 1 });
  await bensClient.next({ t: 'rcpt' });
  for (const [i, frame] of [
    { t: 'read', s: last },
    { t: 'read', s: 1 },
    { t: 'recv', s: last },
    { t: 'read', s: 0 },
  ].entries()) {
    annsClient.send({ ...frame, i: i + 2, r: room });
    t.match(await annsClient.next({ i: i + 2 }), { t: 'ok' });
  }
  await wait(longerThanATick);
  t.equal((await storedIn(bus)).length, 1);
  t.equal(frames(bensClient, 'rcpt').length, 1);
});

t.test('two hundred reads become a few batches and a few signals, the newest of each member in them', async (t) => {
  const { bus, room, ann, ben, annsClient, bensClient, seqs, last } = await aRoom(t, createMemoryBus(), 100);
  for (const s of seqs) annsClient.send({ t: 'read', r: room, s });
  for (const [i, s] of seqs.entries()) bensClient.send({ t: 'read', i: 1_000 + i, r: room, s });
  await bensClient.next({ i: 1_000 + seqs.length - 1 });
  await until('both are told', () =>
    [ann, ben].every((user) =>
      frames(annsClient, 'rcpt').some((frame) =>
        (frame['w'] as unknown[][]).some(([u, , s]) => u === user && s === last),
      ),
    ),
  );
  t.ok(frames(annsClient, 'rcpt').length <= 4, `${frames(annsClient, 'rcpt').length} signals`);
  t.ok((await storedIn(bus)).length <= 8, `${(await storedIn(bus)).length} marks stored`);
  t.same(highest(await storedIn(bus), ann), { recv: last, read: last });
});

t.test(
  'a message can be read in the moment in which it was acknowledged, also where nobody hears the room',
  async (t) => {
    const { bus, room, ann } = await aRoom(t);
    const elsewhere = await startEdge(t, {}, bus);
    const deaf = await elsewhere.greeted(ann, { rooms: 'none' });
    const seq = await say(deaf, room, 77);
    deaf.send({ t: 'read', i: 78, r: room, s: seq });
    t.match(await deaf.next({ i: 78 }), { t: 'ok' });
    deaf.send({ t: 'read', i: 79, r: room, s: seq + 1 });
    t.match(await deaf.next({ i: 79 }), { t: 'err', code: 'bad_cursor' });
  },
);

t.test('marks that cannot be are refused, and nothing is stored', async (t) => {
  const { bus, room, annsClient, last } = await aRoom(t);
  const refused: [frame: Record<string, unknown>, code: string][] = [
    [{ s: last + 1 }, 'bad_cursor'],
    [{ s: Number.MAX_SAFE_INTEGER }, 'bad_cursor'],
    [{ s: Number.MAX_SAFE_INTEGER + 1 }, 'bad_frame'],
    [{ s: -1 }, 'bad_frame'],
    [{ s: 1.5 }, 'bad_frame'],
    [{ s: '1' }, 'bad_frame'],
    [{ s: null }, 'bad_frame'],
    [{}, 'bad_frame'],
    [{ s: 1, r: newId() }, 'not_member'],
    [{ s: 1, r: '*' }, 'bad_frame'],
  ];
  let i = 0;
  for (const op of ['read', 'recv']) {
    for (const [frame, code] of refused) {
      annsClient.send({ t: op, i: ++i, r: room, ...frame });
      t.match(await annsClient.next({ i, t: 'err' }), { code }, `${op} ${JSON.stringify(frame)}`);
    }
  }
  t.same(await storedIn(bus), []);
});

t.test('my other devices are told how far I read, on this edge and on others, each once', async (t) => {
  const { edge, bus, room, ann, annsClient, last } = await aRoom(t);
  const second = await edge.greeted(ann, { rooms: 'none' });
  const heard: unknown[] = [];
  const hearing = bus.signals.toUsers((user, bytes) => void heard.push([user, JSON.parse(`${Buffer.from(bytes)}`)]));
  annsClient.send({ t: 'read', i: 1, r: room, s: last });
  t.same(await second.next({ t: 'readelse' }), { t: 'readelse', r: room, s: last });
  t.match(heard, [[ann, { t: 'readelse', r: room, s: last }]]);
  hearing.stop();
  bus.signals.toUser(ann, Buffer.from(JSON.stringify({ t: 'readelse', r: room, s: 3, by: 'another edge' })));
  t.same(await second.next({ t: 'readelse' }), { t: 'readelse', r: room, s: 3 });
  t.same(await annsClient.next({ t: 'readelse' }), { t: 'readelse', r: room, s: 3 });
  for (const nonsense of ['', '{', 'null', '[]', '{"t":"msg"}', '{"t":"readelse","r":1,"s":2}']) {
    bus.signals.toUser(ann, Buffer.from(nonsense));
    bus.signals.toRoom(newId<RoomId>(), Buffer.from(nonsense));
  }
  annsClient.send({ t: 'recv', i: 2, r: room, s: last });
  await annsClient.next({ i: 2 });
  await wait(longerThanATick);
  t.equal(frames(second, 'readelse').length, 2);
  t.equal(frames(annsClient, 'readelse').length, 1);
});

t.test('a crowd is not told of each one; what is read is stored all the same', async (t) => {
  const bus = createMemoryBus();
  const { room, annsClient, bensClient, last } = await aRoom(t, bus);
  bus.commands.serve('reads.crowds', async (asked) => asked);
  annsClient.send({ t: 'read', i: 1, r: room, s: last });
  t.match(await annsClient.next({ i: 1 }), { t: 'ok' });
  await wait(longerThanATick);
  t.equal(frames(bensClient, 'rcpt').length, 0);
  t.equal((await storedIn(bus)).length, 1);
});

t.test('while receipts cannot be stored marks are kept, the newest of each, and stored when they can', async (t) => {
  const bus = createMemoryBus();
  let away = true;
  let tries = 0;
  const append: Bus['receipts']['append'] = async (batch) => {
    tries++;
    if (away) throw new Failure('log_unavailable');
    await bus.receipts.append(batch);
  };
  const faulty = { ...bus, receipts: { ...bus.receipts, append } };
  const { room, ann, annsClient, bensClient, seqs, last } = await aRoom(t, faulty, 50);
  for (const s of seqs.slice(0, -1)) annsClient.send({ t: 'read', r: room, s });
  annsClient.send({ t: 'read', i: 1, r: room, s: last });
  await until('it was tried', () => tries > 1);
  await wait(300);
  t.equal(frames(bensClient, 'rcpt').length, 0, 'nobody is told of what is not stored');
  t.equal(frames(annsClient, 'err').length, 0);
  away = false;
  t.match(await annsClient.next({ i: 1 }, 15_000), { t: 'ok' });
  t.same(await storedIn(bus), [{ room, user: ann, recv: last, read: last }], 'once');
});

t.test('hello says how far I read where that is known, and nothing where it is not', async (t) => {
  const bus = createMemoryBus();
  const edge = await startEdge(t, {}, bus);
  const [user, room, other] = [newId<UserId>(), newId<RoomId>(), newId<RoomId>()];
  await edge.allow(user, room, other);
  const readOf = async (edge: TestEdge) => {
    const client = await edge.greeted(user);
    const entries = client.frames.find(({ t }) => t === 'rooms')?.['rs'] as { r: RoomId; read?: number; from?: 1 }[];
    return entries.map(({ r, read, from }) => (from === undefined ? [r, read] : [r, read, from]));
  };
  const asked: unknown[] = [];
  const serving = bus.commands.serve('reads.find', async (question) => {
    asked.push(question);
    return { w: [[[room, 7, 5]]] };
  });
  t.same(await readOf(edge), [
    [room, 7, 5],
    [other, 0],
  ]);
  t.same(asked, [{ w: [[user, [room, other, user]]] }], 'of my inbox, too');
  serving.stop();
  t.same(await readOf(edge), [
    [room, undefined],
    [other, undefined],
  ]);
});

t.test('a room marked unread is so on every device, and read again by a read that says nothing new', async (t) => {
  const { edge, bus, room, ann, annsClient, bensClient, last } = await aRoom(t);
  const phone = await edge.greeted(ann, { rooms: 'none' });
  const marks = async () => {
    const batches = await bus.receipts.read(1, 10_000);
    return batches.flatMap(({ bytes }) => readableReceipts(bytes)?.marks ?? []);
  };
  annsClient.send({ t: 'read', i: 1, r: room, s: last });
  await annsClient.next({ i: 1 });
  await phone.next({ t: 'readelse' });
  const told = frames(bensClient, 'rcpt').length;
  // By an api whose clock is ahead.
  const v = Date.now() + 60_000;
  bus.signals.toUser(ann, Buffer.from(JSON.stringify({ t: 'unread', r: room, s: 2, v, by: 'an api' })));
  for (const client of [annsClient, phone]) t.same(await client.next({ t: 'unread' }), { t: 'unread', r: room, s: 2 });
  for (const nonsense of ['{"t":"unread"}', '{"t":"unread","r":1,"s":2,"v":3}']) {
    bus.signals.toUser(ann, Buffer.from(nonsense));
  }
  annsClient.send({ t: 'recv', i: 2, r: room, s: last });
  await annsClient.next({ i: 2 });
  t.equal((await marks()).at(-1)?.readAt, undefined, 'who only receives has not read');
  annsClient.send({ t: 'read', i: 3, r: room, s: 1 });
  t.same(await annsClient.next({ i: 3 }), { t: 'ok', i: 3 });
  const readAt = Math.max(...(await marks()).map((mark) => mark.readAt ?? 0));
  t.ok(readAt > v, 'behind what was heard, whatever the clocks say');
  t.match(await phone.next({ t: 'readelse' }), { r: room });
  await wait(longerThanATick);
  const after = frames(bensClient, 'rcpt').slice(told);
  const read = after.flatMap(({ w }) => w as [string, number, number][]).map(([, , s]) => s);
  t.same(
    read.filter((s) => s !== 1 && s !== last && s !== 0),
    [],
    'others hear of marks that they have',
  );
});

t.test('a mark that was on its way when the room was marked unread does not hide the next read', async (t) => {
  const bus = createMemoryBus();
  let held: Promise<void> | undefined;
  let tries = 0;
  const append: Bus['receipts']['append'] = async (batch) => {
    tries++;
    await held;
    await bus.receipts.append(batch);
  };
  const { room, ann, annsClient, last } = await aRoom(t, { ...bus, receipts: { ...bus.receipts, append } });
  const readAts = async () => {
    const batches = await bus.receipts.read(1, 10_000);
    return batches.flatMap(({ bytes }) => readableReceipts(bytes)?.marks ?? []).map(({ readAt = 0 }) => readAt);
  };
  let i = 0;
  /** A mark is held on its way to the log, and meanwhile a word comes that the room is unread. */
  const overtaken = async (mark: object): Promise<number> => {
    const before = tries;
    let release = (): void => undefined;
    held = new Promise((resolve) => {
      release = resolve;
    });
    annsClient.send({ ...mark, i: ++i, r: room });
    await until('it is on its way', () => tries > before);
    const v = Date.now() + 60_000 * i;
    bus.signals.toUser(ann, Buffer.from(JSON.stringify({ t: 'unread', r: room, s: 2, v, by: 'an api' })));
    await annsClient.next((frame) => frame.t === 'unread');
    release();
    await annsClient.next({ i });
    return v;
  };
  const readAgain = async (v: number, message: string) => {
    annsClient.send({ t: 'read', i: ++i, r: room, s: last - 1 });
    t.match(await annsClient.next({ i }), { t: 'ok' });
    t.ok(Math.max(...(await readAts())) > v, message);
  };
  await readAgain(await overtaken({ t: 'read', s: last - 1 }), 'a read');
  await readAgain(await overtaken({ t: 'recv', s: last }), 'a receipt that carries what was read');
});

t.test('a crowd is told how many have read, and a socket that was behind gets the newest of it', async (t) => {
  const { bus, room, annsClient } = await aRoom(t);
  const count = { t: 'rcpt', r: room, w: [], s: 3, n: 312, d: 400, of: 1_000 };
  bus.signals.toRoom(room, Buffer.from(JSON.stringify(count)));
  t.same(await annsClient.next({ t: 'rcpt' }), count);
});
