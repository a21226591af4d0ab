import { encodeEvent } from '@gapless/shared/bus';
import { newId, type RoomAccess, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { eventsOf } from './faulty-system.ts';
import { clientId, startEdge, type TestEdge, wait } from './start-edge.ts';

async function store(edge: TestEdge, room: RoomId, text: string): Promise<number> {
  const c = clientId();
  const event = { v: 1, t: 'msg', r: room, u: newId<UserId>(), at: 1, c: c as never, b: { text } } as const;
  return (await edge.bus.log.append({ room, id: `${room}:${c}`, lane: room, bytes: encodeEvent(event) })).seq;
}

/** What MongoDB has of the room. */
function storeUpTo(edge: TestEdge, room: RoomId, written: number): void {
  edge.bus.commands.serve('events.range', async (query) => {
    const { after, before } = query as { after: number; before: number };
    const events = await edge.bus.log.readRoom(room, after + 1, 100);
    const found = events.filter(({ seq }) => seq < before && seq <= written);
    return { ev: found.map(({ seq, bytes }) => [seq, Buffer.from(bytes).toString()]), upTo: before - 1, w: written };
  });
}

t.test('who is removed is told, and nothing behind the removal reaches any of his sockets', async (t) => {
  const edge = await startEdge(t);
  const [user, room] = [newId<UserId>(), newId<RoomId>()];
  await edge.allow(user, room);
  const clients = [await edge.greeted(user), await edge.greeted(user)];
  for (const client of clients) await client.next({ t: 'live' });
  await store(edge, room, 'before');
  await edge.member('remove', room, user, 9);
  await store(edge, room, 'behind');
  for (const client of clients) {
    t.match(await client.next({ t: 'removed' }), { r: room });
    await wait(50);
    t.same(
      eventsOf(client, room).map((event) => event.t),
      ['msg', 'mem'],
    );
    client.send({ t: 'join', i: 1, rs: [room], since: { [room]: 1 } });
    await client.next({ t: 'removed', r: room });
  }
});

t.test('who is removed while a join of his asks about another room does not enter again', async (t) => {
  const edge = await startEdge(t);
  const [user, room, strange] = [newId<UserId>(), newId<RoomId>(), newId<RoomId>()];
  await edge.allow(user, room);
  const client = await edge.greeted(user);
  await client.next({ t: 'live', r: room });
  const { read } = edge.bus.access;
  const asked = new Promise<void>((resolve) => {
    const bucket = edge.bus.access as { read: typeof read };
    bucket.read = async (whom) => {
      resolve();
      await wait(200);
      return read(whom);
    };
  });
  client.send({ t: 'join', i: 1, rs: [room, strange], since: { [strange]: 0 } });
  await asked;
  await edge.member('remove', room, user, 9);
  await client.next({ t: 'ok', i: 1 });
  await store(edge, room, 'behind');
  await wait(100);
  t.same(
    eventsOf(client, room).map((event) => event.t),
    ['mem'],
  );
  t.equal(client.frames.filter((frame) => frame.t === 'live').length, 1, 'it is not live again');
});

t.test('a removal whose event this edge did not hear is found when it begins to hear the room', async (t) => {
  const edge = await startEdge(t);
  const [user, room] = [newId<UserId>(), newId<RoomId>()];
  await edge.allow(user, room);
  let reads = 0;
  const { read } = edge.bus.access;
  const bucket = edge.bus.access as { read: typeof read };
  bucket.read = async (whom) => {
    const entry = await read(whom);
    // Between the first look at the bucket and the moment from which the room is heard.
    if (++reads === 1) await edge.bus.access.write(user, {}, entry?.revision ?? 0);
    return entry;
  };
  const client = await edge.connect();
  client.send({ t: 'hello', i: 0, tok: edge.tokenOf(user), since: { [room]: 1 } });
  await client.next({ t: 'removed', r: room });
  await store(edge, room, 'behind');
  await wait(50);
  t.same(eventsOf(client, room), []);
  t.notOk(client.frames.some((frame) => frame.t === 'live'));
});

t.test(
  'where only the own time counts a replay has what is left of each stay, one chain, and nothing else',
  async (t) => {
    const edge = await startEdge(t);
    const [user, room] = [newId<UserId>(), newId<RoomId>()];
    const seqs: number[] = [];
    for (let n = 0; n < 12; n++) seqs.push(await store(edge, room, `message ${n}`));
    // The rest is in the log only.
    storeUpTo(edge, room, seqs[5] as number);
    const at = (n: number): number => seqs[n] as number;
    const own = async (access: Partial<RoomAccess>, since = at(1)) => {
      const entry = await edge.bus.access.read(user);
      const rooms = { [room]: { role: 'member', ver: 5, since: at(9), ...access } as RoomAccess };
      await edge.bus.access.write(user, rooms, entry?.revision ?? 0);
      const client = await edge.greeted(user, { since: { [room]: since }, gen: 'memory' });
      await client.next({ t: 'live', r: room });
      const events = eventsOf(client, room);
      const got = events.map(({ s }) => s);
      t.strictSame(
        events.slice(1).map(({ p }) => p),
        got.slice(0, -1),
        'each names the one before it',
      );
      return { got, first: events[0]?.p, lag: client.frames.find((frame) => frame.t === 'lag') };
    };
    t.strictSame(await own({}), { got: seqs.slice(2), first: at(1), lag: undefined }, 'by default everything');
    const unknown = await own({ own: [] });
    t.strictSame(unknown.got, seqs.slice(9));
    t.match(
      unknown.lag,
      { r: room, from: at(1) + 1, to: at(9) - 1 },
      'of earlier stays nothing is known: history knows',
    );
    const stays = [
      [at(0), at(3)],
      [at(5), at(6)],
    ] as const;
    const of = (...numbers: number[]): number[] => numbers.map(at);
    const all = await own({ own: stays });
    t.strictSame(all, { got: of(2, 3, 5, 6, 9, 10, 11), first: at(1), lag: undefined });
    t.strictSame((await own({ own: stays }, at(3))).got, of(5, 6, 9, 10, 11));
    t.strictSame((await own({ own: stays }, at(7))).got, of(9, 10, 11));
    t.strictSame((await own({ own: [[at(0), at(1)]] })).first, at(1), 'he has it');
  },
);

t.test('who comes back as soon as his join is heard is not led past what he may see of the stay before', async (t) => {
  const edge = await startEdge(t);
  const [user, room] = [newId<UserId>(), newId<RoomId>()];
  const cursor = await store(edge, room, 'he has it');
  await store(edge, room, 'of his stay before');
  await edge.bus.access.write(user, {}, 0);
  const client = await edge.greeted(user, { rooms: 'none' });
  const witness = newId<UserId>();
  await edge.allow(witness, room);
  await (await edge.greeted(witness)).next({ t: 'live', r: room });
  const { seq } = await edge.bus.log.append({
    ...{ room, id: 'join', lane: room },
    bytes: encodeEvent({ v: 1, t: 'mem', r: room, u: user, at: 1, op: 'join', us: [user], ver: 6, hist: 'joined' }),
  });
  await wait(50);
  client.send({ t: 'join', i: 1, rs: [room], since: { [room]: cursor } });
  t.match(await client.next({ t: 'lag', r: room }), { from: cursor + 1, to: seq - 1 });
  t.match(await client.next({ t: 'live', r: room }), { s: seq });
  const access = { role: 'member', ver: 6, jv: 6, since: seq, own: [[cursor, seq - 1]] } as const;
  await edge.bus.access.write(user, { [room]: access }, (await edge.bus.access.read(user))?.revision ?? 0);
  storeUpTo(edge, room, seq);
  client.send({ t: 'join', i: 2, rs: [room], since: { [room]: cursor } });
  await client.next({ t: 'ok', i: 2 });
  t.same(eventsOf(client, room).at(-2)?.s, seq - 1, 'the next question finds out');
});

t.test('where only the own time counts no socket is live before the room has come to the join', async (t) => {
  const edge = await startEdge(t);
  const [user, room] = [newId<UserId>(), newId<RoomId>()];
  await store(edge, room, 'before');
  const write = async (since: number) => {
    const entry = await edge.bus.access.read(user);
    await edge.bus.access.write(user, { [room]: { role: 'member', ver: 5, since, own: [] } }, entry?.revision ?? 0);
  };
  await write(0);
  const client = await edge.connect();
  client.send({ t: 'hello', i: 0, tok: edge.tokenOf(user) });
  await store(edge, room, 'still before');
  await wait(100);
  t.same(client.frames, [], 'nobody knows yet when he came');
  await edge.bus.log.append({
    ...{ room, id: 'join', lane: room },
    bytes: encodeEvent({ v: 1, t: 'mem', r: room, u: user, at: 1, op: 'join', us: [user], ver: 6, hist: 'joined' }),
  });
  await client.next({ t: 'live' });
  await store(edge, room, 'behind');
  await client.next({ t: 'msg' });
  t.same(
    eventsOf(client, room).map((event) => (event as unknown as { b: { text: string } }).b.text),
    ['behind'],
  );
});

t.test(
  'where only the own time counts nothing of the time out comes live to who is back before this edge knew',
  async (t) => {
    const edge = await startEdge(t);
    const [user, room] = [newId<UserId>(), newId<RoomId>()];
    const since = await store(edge, room, 'he comes');
    const write = async (access: Partial<RoomAccess>) => {
      const entry = await edge.bus.access.read(user);
      const rooms = { [room]: { role: 'member', ver: 5, jv: 5, since, own: [], ...access } as RoomAccess };
      await edge.bus.access.write(user, rooms, entry?.revision ?? 0);
    };
    await write({});
    const client = await edge.greeted(user);
    await client.next({ t: 'live', r: room });
    await store(edge, room, 'in');
    await client.next({ t: 'msg' });
    await write({ ver: 8, jv: 8, since: 0 });
    // Of an unknown room the bucket is asked, at most once a second.
    client.send({ t: 'join', i: 1, rs: [newId<RoomId>()] });
    await client.next({ t: 'err', i: 1 });
    const mem = async (op: 'leave' | 'join', ver: number) => {
      const event = { v: 1, t: 'mem', r: room, u: user, at: 1, op, us: [user], ver, hist: 'joined' } as const;
      return (await edge.bus.log.append({ room, id: op, lane: room, bytes: encodeEvent(event) })).seq;
    };
    await mem('leave', 7);
    await store(edge, room, 'out');
    await wait(100);
    const again = await mem('join', 8);
    t.match(await client.next({ t: 'mem' }), { s: again, op: 'join' });
    await client.next({ t: 'live', r: room });
    await store(edge, room, 'in again');
    await client.next((frame) => frame['s'] === again + 1);
    const texts = eventsOf(client, room).flatMap(
      (event) => (event as unknown as { b?: { text: string } }).b?.text ?? [],
    );
    t.same(texts, ['in', 'in again']);
  },
);
