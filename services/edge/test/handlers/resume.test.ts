import { createMemoryBus, encodeEvent } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { type Fate, withFaultyLive } from '../faulty-live.ts';
import { chainFaults, eventsOf } from '../faulty-system.ts';
import { clientId, startEdge, type TestEdge, wait } from '../start-edge.ts';
import type { TestClient } from '../test-client.ts';

const stream = 'ROOM_0';

async function store(edge: TestEdge, room: RoomId, count: number, textLength = 2): Promise<number[]> {
  const seqs: number[] = [];
  for (let n = 0; n < count; n++) {
    const c = clientId();
    const b = { text: 'x'.repeat(textLength) };
    const bytes = encodeEvent({ v: 1, t: 'msg', r: room, u: newId<UserId>(), at: Date.now(), c: c as never, b });
    seqs.push((await edge.bus.log.append({ room, id: `${room}:${c}`, lane: room, bytes })).seq);
  }
  return seqs;
}

/** MongoDB, as the api answers for it: what was stored before the log was trimmed. */
async function persistAndTrim(edge: TestEdge, room: RoomId, upTo: number): Promise<{ down: boolean; asked: number }> {
  const rows = (await edge.bus.log.readRoom(room, 1, 10_000)).filter(({ seq }) => seq <= upTo);
  const state = { down: false, asked: 0 };
  edge.bus.commands.serve('events.range', async (payload) => {
    const { after, before, limit } = payload as { after: number; before: number; limit: number };
    state.asked++;
    if (state.down) throw new Failure('store_unavailable');
    const found = rows.filter(({ seq }) => seq > after && seq < before).slice(0, Math.min(limit, 7));
    const whole = found.length < 7;
    const ev = found.map(({ seq, bytes }) => [seq, Buffer.from(bytes).toString()]);
    return { ev, upTo: whole ? before - 1 : found.at(-1)?.seq };
  });
  await edge.bus.streams.trim(stream, upTo);
  return state;
}

async function aMember(edge: TestEdge, ...rooms: RoomId[]): Promise<UserId> {
  const user = newId<UserId>();
  await edge.allow(user, ...rooms);
  return user;
}

const seqsOf = (client: TestClient, room: RoomId) => eventsOf(client, room).map(({ s }) => s);
const afterThe = (seqs: readonly number[], n: number) => seqs.slice(n + 1);

for (const from of ['the ring', 'the log', 'MongoDB and the log'] as const) {
  t.test(`hello with a cursor replays what was missed from ${from}, then the room is live`, async (t) => {
    const edge = await startEdge(t);
    const room = newId<RoomId>();
    const user = await aMember(edge, room);
    if (from === 'the ring') await (await edge.greeted(user)).next({ t: 'live' });
    const seqs = await store(edge, room, 40);
    if (from === 'MongoDB and the log') await persistAndTrim(edge, room, seqs[30] as number);
    const client = await edge.greeted(user, { since: { [room]: seqs[9] }, gen: 'memory' });
    await client.next({ t: 'live', r: room, s: seqs.at(-1) as number });
    t.strictSame(seqsOf(client, room), afterThe(seqs, 9));
    t.equal(eventsOf(client, room)[0]?.p, seqs[9], 'the first one names my cursor');
    t.strictSame(chainFaults(eventsOf(client, room)), []);
    const [next] = await store(edge, room, 1);
    await client.next({ t: 'msg', s: next as number, p: seqs.at(-1) as number });
    const source = from === 'the ring' ? 'ring' : 'log';
    t.match(await edge.metrics(), new RegExp(`resumed_events_total\\{[^}]*from="${source}"[^}]*\\} 30`));
  });
}

t.test('what comes while a room is replayed does not overtake it', async (t) => {
  const edge = await startEdge(t, { ringEvents: 5, outboxBytes: 40_000, replayBytes: 10_000_000 });
  const room = newId<RoomId>();
  const user = await aMember(edge, room);
  const missed = await store(edge, room, 600, 900);
  const coming = edge.greeted(user, { since: { [room]: 0 } });
  const meanwhile: number[] = [];
  for (let n = 0; n < 60; n++) {
    meanwhile.push(...(await store(edge, room, 1)));
    await wait(2);
  }
  const client = await coming;
  await client.next({ t: 'live', r: room });
  const all = [...missed, ...meanwhile];
  await client.next((frame) => frame.t === 'msg' && frame['s'] === all.at(-1));
  t.strictSame(seqsOf(client, room), all);
  t.strictSame(chainFaults(eventsOf(client, room)), []);
});

t.test('what is deleted at the end of a long replay is not in its beginning', async (t) => {
  const edge = await startEdge(t, { ringEvents: 4 });
  const room = newId<RoomId>();
  const user = await aMember(edge, room);
  const [gone] = await store(edge, room, 1, 99);
  await store(edge, room, 900);
  const c = clientId();
  const del = { v: 1, t: 'del', r: room, u: user, at: Date.now(), c: c as never, m: gone as number } as const;
  await edge.bus.log.append({ room, id: `${room}:${c}`, lane: room, bytes: encodeEvent(del) });
  const client = await edge.greeted(user, { since: { [room]: 0 } });
  await client.next({ t: 'live', r: room });
  t.match(eventsOf(client, room)[0], { s: gone, b: { text: '' }, del: 1 });
  t.equal(eventsOf(client, room).at(-1)?.t, 'del');
});

t.test('what the log has and this edge has not heard of yet comes live only', async (t) => {
  let fate: Fate = 'pass';
  const edge = await startEdge(
    t,
    { ringEvents: 2 },
    withFaultyLive(createMemoryBus(), () => fate),
  );
  const room = newId<RoomId>();
  const user = await aMember(edge, room);
  await (await edge.greeted(user)).next({ t: 'live' });
  const seqs = await store(edge, room, 10);
  await wait(50);
  fate = 'delay';
  const [late] = await store(edge, room, 1);
  const client = await edge.greeted(user, { since: { [room]: seqs[0] }, gen: 'memory' });
  await client.next({ t: 'live', r: room });
  await client.next((frame) => frame.t === 'msg' && frame['s'] === late);
  await wait(300);
  t.strictSame(seqsOf(client, room), [...afterThe(seqs, 0), late]);
  t.strictSame(chainFaults(eventsOf(client, room)), []);
});

t.test('a cursor that has everything costs nothing and is live at once', async (t) => {
  const edge = await startEdge(t);
  const room = newId<RoomId>();
  const user = await aMember(edge, room);
  const seqs = await store(edge, room, 3);
  const client = await edge.greeted(user, { since: { [room]: seqs[2] } });
  await client.next({ t: 'live', r: room, s: seqs[2] as number });
  t.strictSame(seqsOf(client, room), []);
});

t.test('a reader that stalls in the midst of a replay is waited for, and gets all of it once', async (t) => {
  const edge = await startEdge(t, { replayBytes: 100_000_000, replayEvents: 100_000, ringEvents: 4 });
  const room = newId<RoomId>();
  const user = await aMember(edge, room);
  const seqs = await store(edge, room, 1_500, 8_000);
  const client = await edge.connect();
  client.send({ t: 'hello', i: 1, tok: edge.tokenOf(user), since: { [room]: 0 } });
  await client.next({ t: 'hi' });
  client.socket.pause();
  await wait(1_500);
  t.ok(seqsOf(client, room).length < seqs.length, 'it did not get all of it');
  client.socket.resume();
  await client.next({ t: 'live', r: room }, 20_000);
  t.strictSame(seqsOf(client, room), seqs);
  t.strictSame(chainFaults(eventsOf(client, room)), []);
});

t.test('too much to replay: so much, then the range to page, then live', async (t) => {
  const edge = await startEdge(t, { replayEvents: 256 });
  const room = newId<RoomId>();
  const user = await aMember(edge, room);
  const seqs = await store(edge, room, 1_000);
  const client = await edge.greeted(user, { since: { [room]: seqs[0] } });
  const { from, to } = (await client.next({ t: 'lag', r: room })) as unknown as { from: number; to: number };
  await client.next({ t: 'live', r: room, s: to });
  t.equal(to, seqs.at(-1));
  t.equal(from, (seqsOf(client, room).at(-1) as number) + 1);
  t.ok(seqsOf(client, room).length >= 255 && seqsOf(client, room).length <= 512);
  const [next] = await store(edge, room, 1);
  await client.next({ t: 'msg', s: next as number, p: to });
});

t.test(
  'MongoDB is away: what only it holds is named with a time to come back, the log is replayed, live goes on',
  async (t) => {
    const edge = await startEdge(t);
    const room = newId<RoomId>();
    const user = await aMember(edge, room);
    const seqs = await store(edge, room, 20);
    const store_ = await persistAndTrim(edge, room, seqs[9] as number);
    store_.down = true;
    const client = await edge.greeted(user, { since: { [room]: seqs[3] } });
    const lag = await client.next({ t: 'lag', r: room });
    t.match(lag, { from: (seqs[3] as number) + 1, to: seqs[9] as number, retry: Number });
    await client.next({ t: 'live', r: room, s: seqs.at(-1) as number });
    t.strictSame(seqsOf(client, room), seqs.slice(10));
    t.equal(eventsOf(client, room)[0]?.p, seqs[9]);
  },
);

t.test('cursors that nobody gave', async (t) => {
  const edge = await startEdge(t);
  const [room, strange] = [newId<RoomId>(), newId<RoomId>()];
  const user = await aMember(edge, room);
  const [only] = await store(edge, room, 1);
  const future = await edge.greeted(user, { since: { [room]: 1_000_000, [strange]: 5 } });
  t.match(await future.next({ t: 'removed' }), { r: strange }, 'a room that is not mine');
  t.match(await future.next({ t: 'err' }), { code: 'bad_cursor', r: room });
  await future.next({ t: 'live', r: room, s: only as number });
  const other = await edge.greeted(user, { since: { [room]: 0 }, gen: 'another one' });
  await other.next({ t: 'live', r: room, s: only as number });
  t.strictSame(seqsOf(other, room), [], 'of another generation they are void');
  for (const since of [
    { [room]: -1 },
    { [room]: '1' },
    { [room]: 1.5 },
    { [room]: null },
    [1],
    7,
    { 'not a room': 1 },
  ]) {
    const client = await edge.connect();
    client.send({ t: 'hello', i: 1, tok: edge.tokenOf(user), since });
    t.match(await client.next({ i: 1 }), { t: 'err', code: 'bad_frame' }, JSON.stringify(since));
  }
});

t.test('cursors of many rooms come in several hellos, and nothing is answered before the last', async (t) => {
  const edge = await startEdge(t);
  const rooms = Array.from({ length: 30 }, () => newId<RoomId>());
  const user = await aMember(edge, ...rooms);
  const seqs = new Map<RoomId, number[]>();
  for (const room of rooms) seqs.set(room, await store(edge, room, 3));
  const cursor = (room: RoomId) => [room, seqs.get(room)?.[0]] as const;
  const client = await edge.connect();
  client.send({
    t: 'hello',
    i: 1,
    tok: edge.tokenOf(user),
    since: Object.fromEntries(rooms.slice(0, 10).map(cursor)),
    more: 1,
  });
  client.send({ t: 'hello', i: 2, since: Object.fromEntries(rooms.slice(10, 20).map(cursor)), more: 1 });
  await wait(30);
  t.strictSame(client.frames, []);
  client.send({ t: 'hello', i: 3, since: Object.fromEntries(rooms.slice(20).map(cursor)) });
  await client.next({ t: 'hi', i: 3 });
  for (const room of rooms) {
    await client.next({ t: 'live', r: room });
    t.strictSame(seqsOf(client, room), seqs.get(room)?.slice(1));
  }
});

t.test('cursors are not kept behind a token that was refused', async (t) => {
  const edge = await startEdge(t);
  const room = newId<RoomId>();
  const user = await aMember(edge, room);
  const [first] = await store(edge, room, 3);
  const client = await edge.connect();
  client.send({ t: 'hello', i: 1, tok: edge.tokenOf(user, -1), since: { [room]: first }, more: 1 });
  t.match(await client.next({ i: 1 }), { t: 'err', code: 'unauthenticated' });
  client.send({ t: 'hello', i: 2, tok: edge.tokenOf(user) });
  await client.next({ t: 'hi', i: 2 });
  await client.next({ t: 'live', r: room });
  t.strictSame(seqsOf(client, room), []);
});

t.test('cursors of more rooms than any user has are refused', async (t) => {
  const edge = await startEdge(t);
  const user = await aMember(edge);
  const client = await edge.connect();
  const since = () => Object.fromEntries(Array.from({ length: 400 }, () => [newId<RoomId>(), 1]));
  for (let n = 0; n < 25; n++) client.send({ t: 'hello', tok: edge.tokenOf(user), since: since(), more: 1 });
  client.send({ t: 'hello', i: 1, since: since() });
  t.match(await client.next({ t: 'err', i: 1 }), { code: 'bad_frame' });
});

t.test('join with a cursor replays before it is answered, also in a room that is live', async (t) => {
  const edge = await startEdge(t);
  const [room, strange] = [newId<RoomId>(), newId<RoomId>()];
  const user = await aMember(edge, room);
  const seqs = await store(edge, room, 5);
  const client = await edge.greeted(user, { rooms: 'none' });
  client.send({ t: 'join', i: 1, rs: [room, strange], since: { [room]: seqs[1], [strange]: 3 } });
  await client.next({ t: 'removed', r: strange });
  await client.next({ t: 'ok', i: 1 });
  t.strictSame(seqsOf(client, room), seqs.slice(2));
  for (let n = 0; n < 5; n++) client.send({ t: 'join', i: 10 + n, rs: [room], since: { [room]: seqs[3] } });
  for (let n = 0; n < 5; n++) await client.next({ t: 'ok', i: 10 + n });
  const [next] = await store(edge, room, 1);
  await client.next({ t: 'msg', s: next as number });
  t.equal(seqsOf(client, room).filter((s) => s === next).length, 1, 'live once');
});

t.test('who leaves, or is removed, in the midst of a replay gets no more of it', async (t) => {
  const edge = await startEdge(t, { outboxBytes: 20_000, replayBytes: 10_000_000 });
  const room = newId<RoomId>();
  const user = await aMember(edge, room);
  await store(edge, room, 900, 900);
  const client = await edge.greeted(user, { rooms: 'none' });
  client.send({ t: 'join', i: 1, rs: [room], since: { [room]: 0 } });
  client.send({ t: 'leave', i: 2, rs: [room] });
  await client.next({ t: 'ok', i: 1 });
  await client.next({ t: 'ok', i: 2 });
  const got = seqsOf(client, room).length;
  await store(edge, room, 1);
  await wait(50);
  t.equal(seqsOf(client, room).length, got);
  t.strictSame(
    client.frames.filter((frame) => frame.t === 'live'),
    [],
  );
});

t.test('hist answers with a page of the api, for members only', async (t) => {
  const edge = await startEdge(t);
  const room = newId<RoomId>();
  const user = await aMember(edge, room);
  edge.bus.commands.serve('history.page', async (asked) => ({ ev: [{ s: 3, asked }], next: 3 }));
  const client = await edge.greeted(user, { rooms: 'none' });
  client.send({ t: 'hist', i: 1, r: room, before: 9 });
  t.strictSame(await client.next({ t: 'hist', i: 1 }), {
    t: 'hist',
    i: 1,
    r: room,
    ev: [{ s: 3, asked: { u: user, r: room, before: 9, limit: 50, head: 0 } }],
    next: 3,
  });
  client.send({ t: 'hist', i: 2, r: newId<RoomId>() });
  t.match(await client.next({ i: 2 }), { t: 'err', code: 'not_member' });
});

t.test('a cursor that is ahead of this edge is none from the future: the client was on another one', async (t) => {
  let fate: Fate = 'pass';
  const edge = await startEdge(
    t,
    {},
    withFaultyLive(createMemoryBus(), () => fate),
  );
  const room = newId<RoomId>();
  const user = await aMember(edge, room);
  const early = await edge.greeted(user);
  await early.next({ t: 'live', r: room });
  await wait(600);
  const first = await store(edge, room, 2);
  fate = 'drop';
  const lost = await store(edge, room, 3);
  const client = await edge.greeted(user, { since: { [room]: lost[1] } });
  await client.next({ t: 'live', r: room });
  await client.next({ t: 'msg', r: room, s: lost[2] as number });
  t.strictSame(seqsOf(client, room), [lost[2]], 'and nothing that it has already');
  t.strictSame(
    client.frames.filter((frame) => frame.t === 'err'),
    [],
  );
  await early.next({ t: 'msg', r: room, s: lost[2] as number });
  t.strictSame(seqsOf(early, room), [...first, ...lost], 'and this edge learned of what it had missed');
  t.strictSame(chainFaults(eventsOf(early, room)), []);
});

t.test('the log cannot be read: the range is named with a time to come back, and the room is live', async (t) => {
  const bus = createMemoryBus();
  let away = false;
  const readRoom: typeof bus.log.readRoom = async (...args) => {
    if (away) throw new Failure('log_unavailable');
    return bus.log.readRoom(...args);
  };
  const edge = await startEdge(t, {}, { ...bus, log: { ...bus.log, readRoom } });
  const room = newId<RoomId>();
  const user = await aMember(edge, room);
  const seqs = await store(edge, room, 5);
  away = true;
  const client = await edge.greeted(user, { since: { [room]: seqs[1] } });
  t.match(await client.next({ t: 'lag', r: room }), { from: (seqs[1] as number) + 1, to: seqs[4], retry: Number });
  await client.next({ t: 'live', r: room, s: seqs[4] as number });
});
