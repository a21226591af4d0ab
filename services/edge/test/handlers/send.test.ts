import { createMemoryBus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { clientId, startEdge, type TestEdge, wait } from '../start-edge.ts';

async function member(edge: TestEdge) {
  const user = newId<UserId>();
  const room = newId<RoomId>();
  await edge.allow(user, room);
  return { user, room, client: await edge.greeted(user) };
}

t.test('a message is answered with its number and reaches every member, its sender included', async (t) => {
  const edge = await startEdge(t);
  const { user, room, client } = await member(edge);
  const friend = newId<UserId>();
  await edge.allow(friend, room);
  const other = await edge.greeted(friend);
  const c = clientId();
  client.send({ t: 'send', i: 1, r: room, c, b: { text: 'héllo 👋' } });
  const ok = await client.next({ t: 'ok', i: 1 });
  const frame = { t: 'msg', v: 1, r: room, u: user, at: ok['at'], c, b: { text: 'héllo 👋' }, s: ok['s'], p: 0 };
  for (const member of [client, other]) t.same(await member.next({ t: 'msg' }), frame);
  client.send({ t: 'send', r: room, c: clientId(), b: { text: 'no number' } });
  t.match(await other.next({ t: 'msg' }), { p: ok['s'] });
  await wait(20);
  t.equal(client.frames.filter((frame) => frame.t === 'ok').length, 1, 'without a number there is no reply');
});

t.test('a repeated send is stored once', async (t) => {
  const edge = await startEdge(t);
  const { room, client } = await member(edge);
  const frame = { t: 'send', r: room, c: clientId(), b: { text: 'once' } };
  client.send({ ...frame, i: 1 });
  const { s, at } = await client.next({ i: 1, t: 'ok' });
  client.send({ ...frame, i: 2 });
  t.same(await client.next({ i: 2 }), { t: 'ok', i: 2, s, at, dup: 1 });
  client.send({ ...frame, i: 3, b: { text: 'twice' } });
  t.match(await client.next({ i: 3 }), { t: 'err', code: 'conflict' });
});

t.test('each refusal has its code, nothing is stored, the socket lives', async (t) => {
  const edge = await startEdge(t);
  const { room, client } = await member(edge);
  const good = { t: 'send', r: room, c: clientId(), b: { text: 'x' } };
  const refused: [frame: Record<string, unknown>, code: string][] = [
    [{ ...good, b: { text: 'a'.repeat(1_001) } }, 'too_large'],
    [{ ...good, b: { text: '' } }, 'bad_frame'],
    [{ ...good, b: { text: ' \n' } }, 'bad_frame'],
    [{ ...good, b: { text: 'nul\u0000' } }, 'bad_frame'],
    [{ ...good, b: { text: '\ud800' } }, 'bad_frame'],
    [{ ...good, b: {} }, 'bad_frame'],
    [{ ...good, c: 'short' }, 'bad_frame'],
    [{ ...good, c: 'with.dots.and*stars>' }, 'bad_frame'],
    [{ ...good, r: 'room.*.>' }, 'bad_frame'],
    [{ ...good, re: -1 }, 'bad_frame'],
    [{ ...good, r: newId() }, 'not_member'],
  ];
  for (const [index, [frame, code]] of refused.entries()) {
    client.send({ ...frame, i: index });
    t.match(await client.next({ i: index, t: 'err' }), { code }, JSON.stringify(frame).slice(0, 120));
  }
  t.same(await edge.bus.log.readRoom(room, 0, 10), []);
  client.send({ ...good, i: 99, b: { text: '😀'.repeat(1_000) } });
  t.match(await client.next({ i: 99 }), { t: 'ok' });
});

t.test('a user may send so fast on all sockets together', async (t) => {
  const edge = await startEdge(t, { userSendBurst: 3, userSendsPerSecond: 1 });
  const { user, room, client } = await member(edge);
  const second = await edge.greeted(user);
  const send = (from: typeof client, i: number) =>
    from.send({ t: 'send', i, r: room, c: clientId(), b: { text: `${i}` } });
  for (const i of [1, 2, 3]) send(i % 2 === 0 ? client : second, i);
  for (const i of [1, 2, 3]) await (i % 2 === 0 ? client : second).next({ t: 'ok', i });
  send(client, 4);
  t.match(await client.next({ i: 4 }), { t: 'err', code: 'rate_limited', retry: Number });
  second.send({ t: 'ping', i: 5 });
  t.match(await second.next({ i: 5 }), { t: 'pong' });
});

t.test('failures of the log keep their code, and say when to come back', async (t) => {
  const bus = createMemoryBus();
  let failure: unknown;
  const append: typeof bus.log.append = async (event) => {
    if (failure !== undefined) throw failure;
    return bus.log.append(event);
  };
  const edge = await startEdge(t, {}, { ...bus, log: { ...bus.log, append } });
  const { room, client } = await member(edge);
  const kinds = [
    ['log_unavailable', 'unavailable'],
    ['log_full', 'unavailable'],
    ['busy', 'busy'],
    ['fate_unknown', 'unknown'],
  ] as const;
  for (const [i, [kind, code]] of kinds.entries()) {
    failure = new Failure(kind);
    client.send({ t: 'send', i, r: room, c: clientId(), b: { text: 'x' } });
    t.match(await client.next({ i, t: 'err' }), { code, retry: Number });
  }
  failure = new TypeError('a bug');
  client.send({ t: 'send', i: 8, r: room, c: clientId(), b: { text: 'x' } });
  const internal = await client.next({ i: 8, t: 'err' });
  t.match(internal, { code: 'internal' });
  t.notMatch(JSON.stringify(internal), /a bug/, 'nothing of the inside leaks');
  failure = undefined;
  client.send({ t: 'send', i: 9, r: room, c: clientId(), b: { text: 'x' } });
  t.match(await client.next({ i: 9 }), { t: 'ok' }, 'the socket outlived all of them');
});

t.test('a client that does not wait for answers is bounded, and what it sent keeps its order', async (t) => {
  const bus = createMemoryBus();
  const lanes = new Set<string>();
  const append: typeof bus.log.append = async (event) => {
    lanes.add(event.lane);
    await wait(50);
    return bus.log.append(event);
  };
  const edge = await startEdge(t, { inFlightPerSocket: 5 }, { ...bus, log: { ...bus.log, append } });
  const { user, room, client } = await member(edge);
  for (let i = 1; i <= 8; i++) client.send({ t: 'send', i, r: room, c: clientId(), b: { text: `${i}` } });
  for (let i = 6; i <= 8; i++) t.match(await client.next({ i }), { t: 'err', code: 'busy', retry: Number });
  for (let i = 1; i <= 5; i++) t.match(await client.next({ i }), { t: 'ok' });
  t.same([...lanes], [`${room}:${user}`]);
  const texts = client.frames
    .filter((frame) => frame.t === 'msg')
    .map((frame) => (frame['b'] as { text: string }).text);
  t.same(texts, ['1', '2', '3', '4', '5']);
});

t.test('what was sent before it was known that its sender is a member is not overtaken', async (t) => {
  const edge = await startEdge(t);
  const [user, friend, room] = [newId<UserId>(), newId<UserId>(), newId<RoomId>()];
  await edge.allow(friend, room);
  await edge.greeted(friend);
  await edge.allow(user);
  const client = await edge.greeted(user);
  const message = (i: number) => client.send({ t: 'send', i, r: room, c: clientId(), b: { text: `${i}` } });
  message(1);
  await wait(50);
  await edge.allow(user, room);
  await edge.member('join', room, user, 2);
  await wait(50);
  for (const i of [2, 3]) message(i);
  const seqs: unknown[] = [];
  for (const i of [1, 2, 3]) seqs.push((await client.next({ t: 'ok', i }))['s']);
  t.strictSame(
    seqs,
    seqs.toSorted((a, b) => Number(a) - Number(b)),
    `stored as ${seqs}`,
  );
});

t.test(
  'what an application adds to a message, and what it quotes, arrives as it was sent; nothing else does',
  async (t) => {
    const edge = await startEdge(t);
    const { room, client } = await member(edge);
    client.send({ t: 'send', i: 1, r: room, c: clientId(), b: { text: 'first' } });
    const { s } = await client.next({ t: 'ok', i: 1 });
    const custom = { z: 1, a: [{ '👍': 'é' }], 'a key': null };
    const body = { text: 'second', custom, quote: s, fwd: { r: newId(), m: 1, u: newId() }, other: 1 };
    client.send({ t: 'send', i: 2, r: room, c: clientId(), b: body });
    const ok = await client.next({ t: 'ok', i: 2 });
    const { b } = await client.next({ t: 'msg', s: ok['s'] });
    t.equal(JSON.stringify(b), JSON.stringify({ text: 'second', custom, quote: s }));
  },
);

t.test('an answer belongs to the thread of what it answers, is looked up once, and keeps its place', async (t) => {
  const memory = createMemoryBus();
  const reads: number[] = [];
  const read: typeof memory.log.read = async (room, seq) => {
    reads.push(seq);
    await wait(20);
    return memory.log.read(room, seq);
  };
  const edge = await startEdge(t, {}, { ...memory, log: { ...memory.log, read } });
  const { room, client } = await member(edge);
  const send = (i: number, more: Record<string, unknown>) =>
    client.send({ t: 'send', i, r: room, c: clientId(), b: { text: `${i}` }, ...more });
  send(1, {});
  const { s: root } = await client.next({ t: 'ok', i: 1 });
  send(2, { re: root, also: 1 });
  const { s: answer } = await client.next({ t: 'ok', i: 2 });
  t.match(await client.next({ t: 'msg', s: answer }), { re: root, also: 1 });
  reads.length = 0;
  send(3, { re: answer });
  send(4, { also: 1 });
  const [third, fourth] = [await client.next({ t: 'ok', i: 3 }), await client.next({ t: 'ok', i: 4 })];
  t.ok(Number(third['s']) < Number(fourth['s']), 'what followed it did not overtake it');
  t.match(await client.next({ t: 'msg', s: third['s'] }), { re: root, also: undefined });
  t.match(await client.next({ t: 'msg', s: fourth['s'] }), { re: undefined, also: undefined });
  send(5, { re: answer });
  await client.next({ t: 'ok', i: 5 });
  t.same(reads, [answer]);
});

t.test('what is named must be a message of that room that the sender may see', async (t) => {
  const bus = createMemoryBus();
  const asked: unknown[] = [];
  bus.commands.serve('messages.root', async (payload) => {
    asked.push(payload);
    return { root: (payload as { m: number }).m === 900 ? 800 : null };
  });
  const edge = await startEdge(t, {}, bus);
  const [user, room, other] = [newId<UserId>(), newId<RoomId>(), newId<RoomId>()];
  await edge.allow(user, room, other);
  const client = await edge.greeted(user);
  client.send({ t: 'send', i: 1, r: other, c: clientId(), b: { text: 'x' } });
  const { s: elsewhere } = await client.next({ t: 'ok', i: 1 });
  await edge.member('join', room, newId<UserId>(), 2);
  const joined = (await bus.log.heads([room])).get(room) as number;
  const good = { t: 'send', r: room, c: clientId(), b: { text: 'x' } };
  for (const [i, seq] of [elsewhere, joined, 901].entries()) {
    client.send({ ...good, i: 10 + i, re: seq });
    t.match(await client.next({ i: 10 + i }), { t: 'err', code: 'not_found' });
    client.send({ ...good, i: 20 + i, b: { text: 'x', quote: seq } });
    t.match(await client.next({ i: 20 + i }), { t: 'err', code: 'not_found' });
  }
  client.send({ ...good, i: 30, r: newId(), re: elsewhere });
  t.match(await client.next({ i: 30 }), { t: 'err', code: 'not_member' }, 'no word of it to strangers');
  client.send({ ...good, i: 31, re: 900 });
  const { s } = await client.next({ t: 'ok', i: 31 });
  t.match(await client.next({ t: 'msg', s }), { re: 800 }, 'the store knows what the log does not hold any more');
  t.same(asked.at(-1), { r: room, m: 900 });
});

t.test('what does not fit is refused before anything is stored', async (t) => {
  const edge = await startEdge(t);
  const { room, client } = await member(edge);
  const good = { t: 'send', r: room, c: clientId(), b: { text: 'x' } };
  const custom = (value: unknown) => ({ ...good, b: { text: 'x', custom: value } });
  const refused: [frame: Record<string, unknown>, code: string][] = [
    [custom(7), 'bad_frame'],
    [custom([1]), 'bad_frame'],
    [custom({ $where: 1 }), 'bad_frame'],
    [custom({ 'a.b': 1 }), 'bad_frame'],
    [custom({ a: { _bsontype: 'Long' } }), 'bad_frame'],
    [custom({ a: { b: { c: { d: {} } } } }), 'bad_frame'],
    [custom({ a: 'x'.repeat(2_100) }), 'too_large'],
    [{ ...good, b: { text: 'x', quote: 0 } }, 'bad_frame'],
    [{ ...good, b: { text: 'x', quote: '1' } }, 'bad_frame'],
    [{ ...good, b: { text: '\u202eevil' } }, 'bad_frame'],
    [{ ...good, also: true }, 'bad_frame'],
  ];
  for (const [i, [frame, code]] of refused.entries()) {
    client.send({ ...frame, i });
    t.match(await client.next({ i, t: 'err' }), { code }, JSON.stringify(frame).slice(0, 120));
  }
  t.same(await edge.bus.log.readRoom(room, 0, 10), []);
});
