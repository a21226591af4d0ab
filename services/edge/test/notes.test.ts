import { type Bus, createMemoryBus, encodeEvent, type WrittenNote } from '@gapless/shared/bus';
import { inboxOf, newId, type OpId, type RoomId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { startEdge } from './start-edge.ts';

type Voice = readonly [UserId, string | null, number | null];

/** An edge, and an api that knows rooms and people; whoever is not named has said nothing. */
async function setting(t: Test) {
  const bus = createMemoryBus();
  const rooms = new Map<RoomId, { direct?: 1; large?: 1; voices?: readonly Voice[] }>();
  const users = new Map<UserId, { level?: string; until?: number; blocked?: readonly UserId[] }>();
  const asked: { rooms: RoomId[]; users: UserId[] } = { rooms: [], users: [] };
  bus.commands.serve('notify.rooms', async (payload) => {
    const { rs } = payload as { rs: RoomId[] };
    asked.rooms.push(...rs);
    return {
      rs: rs.map((room) => {
        const { direct = 0, large = 0, voices = [] } = rooms.get(room) ?? {};
        return [room, direct, large, voices];
      }),
    };
  });
  bus.commands.serve('notify.users', async (payload) => {
    const { us } = payload as { us: UserId[] };
    asked.users.push(...us);
    return {
      us: us.map((user) => {
        const { level = 'all', until = null } = users.get(user) ?? {};
        return [user, level, until];
      }),
    };
  });
  bus.commands.serve('notify.blocks', async (payload) => {
    const { ps } = payload as { ps: [UserId, UserId][] };
    return { ps: ps.filter(([user, author]) => users.get(user)?.blocked?.includes(author)) };
  });
  const edge = await startEdge(t, {}, bus);
  const device = async (user: UserId, hello: object = {}) => edge.greeted(user, { rooms: 'none', notes: 1, ...hello });
  const note = (room: RoomId, seq: number, author: UserId, over: Partial<WrittenNote> = {}): WrittenNote => ({
    ...{ room, seq, author, count: 1, isWhisper: false },
    ...over,
  });
  return { bus, edge, rooms, users, asked, device, note };
}

const tell = (bus: Bus, user: UserId, fields: object) => {
  const op = newId<OpId>();
  const bytes = encodeEvent({ v: 1, r: user, u: user, at: 1, ...fields } as never);
  return bus.log.append({ room: inboxOf(user), id: op, lane: user, bytes, op });
};

t.test('who asked is told of rooms that he does not follow, one word a room, on every device that asked', async (t) => {
  const { bus, edge, asked, device, note } = await setting(t);
  const [ann, bob, stranger] = [newId<UserId>(), newId<UserId>(), newId<UserId>()];
  const [a, b, other] = [newId<RoomId>(), newId<RoomId>(), newId<RoomId>()];
  await edge.allow(bob, a, b);
  const devices = [await device(bob), await device(bob), await device(bob, { notes: undefined })];
  bus.notes.publish([note(a, 7, ann, { count: 2 }), note(a, 9, stranger), note(b, 8, ann), note(b, 9, bob)]);
  bus.notes.publish([note(other, 10, ann)]);
  for (const one of devices.slice(0, 2)) {
    t.same(await one.next({ t: 'note', r: a }), { t: 'note', r: a, s: 9, u: stranger, n: 3, why: 'message' });
    t.same(await one.next({ t: 'note', r: b }), { t: 'note', r: b, s: 8, u: ann, n: 1, why: 'message' }, 'not his own');
  }
  bus.notes.publish([note(a, 11, ann)]);
  await devices[0]?.next({ t: 'note', s: 11 });
  t.same(asked, { rooms: [a, b], users: [bob] }, 'asked for once, and of nobody else');
  t.notOk(devices[2]?.frames.some(({ t: kind }) => kind === 'note'));
});

t.test('levels, mutes, blocks and marks are respected; of a large room only who asked for it is told', async (t) => {
  const { bus, edge, rooms, users, asked, device, note } = await setting(t);
  const [ann, bob, carol, foe] = [newId<UserId>(), newId<UserId>(), newId<UserId>(), newId<UserId>()];
  const ids = Array.from({ length: 5 }, () => newId<RoomId>());
  const [muted, none, large, direct, plain] = ids as [RoomId, RoomId, RoomId, RoomId, RoomId];
  rooms.set(muted, { voices: [[bob, null, Date.now() + 60_000]] });
  rooms.set(none, { voices: [[bob, 'none', null]] });
  rooms.set(large, { large: 1, voices: [[carol, 'all', null]] });
  rooms.set(direct, { direct: 1 });
  users.set(bob, { blocked: [foe] });
  await edge.allow(bob, ...ids);
  await edge.allow(carol, large);
  bus.commands.serve('reads.find', async () => ({ w: [[[plain, 20]]] }));
  const of = { bob: await device(bob), carol: await device(carol) };
  bus.notes.publish([
    ...[muted, none, large].map((room) => note(room, 30, ann)),
    ...[note(plain, 20, ann), note(plain, 31, foe)],
    note(direct, 32, ann, { isWhisper: true }),
  ]);
  t.match(await of.bob.next({ t: 'note' }), { r: direct, s: 32, why: 'whisper' });
  t.match(await of.carol.next({ t: 'note' }), { r: large, s: 30, why: 'message' });
  bus.notes.publish([note(direct, 33, ann), note(plain, 34, ann)]);
  t.match(await of.bob.next({ t: 'note' }), { r: direct, why: 'direct' });
  t.match(await of.bob.next({ t: 'note' }), { r: plain, s: 34 });
  bus.signals.toUser(bob, Buffer.from(JSON.stringify({ t: 'readelse', r: plain, s: 40, by: 'phone' })));
  await of.bob.next({ t: 'readelse' });
  bus.notes.publish([note(plain, 40, ann), note(direct, 41, ann)]);
  t.match(await of.bob.next({ t: 'note' }), { r: direct, s: 41 }, 'what he read elsewhere is no news');
  t.same(new Set(asked.users), new Set([bob, carol]));
});

t.test('what he says of it on another device, and rooms that he comes into or leaves, hold from then on', async (t) => {
  const { bus, edge, rooms, users, device, note } = await setting(t);
  const [ann, bob] = [newId<UserId>(), newId<UserId>()];
  const [a, b, c] = [newId<RoomId>(), newId<RoomId>(), newId<RoomId>()];
  await edge.allow(bob, a, b);
  const one = await device(bob);
  let seq = 10;
  /** Everything goes out in order: what came before the last one is all there is. */
  const toldOf = async (...told: RoomId[]) => {
    seq += 10;
    bus.notes.publish([...told.map((room) => note(room, seq, ann)), note(a, seq + 1, ann)]);
    await one.next({ t: 'note', s: seq + 1 });
    return one.frames.filter(({ t: kind, s }) => kind === 'note' && s === seq).map(({ r }) => r);
  };
  t.same(await toldOf(b), [b]);
  rooms.set(b, { voices: [[bob, 'mentions', null]] });
  await tell(bus, bob, { t: 'notify', in: b, ver: 2, level: 'mentions' });
  await one.next({ t: 'notify', in: b });
  t.same(await toldOf(b), []);
  await edge.allow(bob, a, b, c);
  await tell(bus, bob, { t: 'added', in: c, ver: 1 });
  await one.next({ t: 'added' });
  await until('he is in', async () => (await toldOf(c)).length === 1);
  await edge.allow(bob, a, b);
  await tell(bus, bob, { t: 'out', in: c, op: 'remove', ver: 2 });
  await until('he is out', async () => (await toldOf(c)).length === 0);
  users.set(bob, { until: Number.MAX_SAFE_INTEGER });
  await tell(bus, bob, { t: 'notify', ver: 2, until: Number.MAX_SAFE_INTEGER });
  await one.next({ t: 'notify', ver: 2, until: Number.MAX_SAFE_INTEGER });
  const another = newId<UserId>();
  await edge.allow(another, a);
  const second = await device(another);
  const before = one.frames.length;
  bus.notes.publish([note(a, 900, ann)]);
  await second.next({ t: 'note', s: 900 });
  t.notOk(one.frames.slice(before).some(({ t: kind }) => kind === 'note'));
});

t.test('while nobody can say what is wanted nothing is told, and afterwards it is', async (t) => {
  const { bus, edge, device, note } = await setting(t);
  const [ann, bob, room] = [newId<UserId>(), newId<UserId>(), newId<RoomId>()];
  await edge.allow(bob, room);
  const one = await device(bob);
  const away = bus.commands.serve('notify.rooms', async () => undefined);
  away.stop();
  bus.notes.publish([note(room, 7, ann)]);
  bus.commands.serve('notify.rooms', async () => ({ rs: [[room, 0, 0, []]] }));
  await until('it is told', async () => {
    bus.notes.publish([note(room, 8, ann)]);
    return one.frames.some(({ t: kind, s }) => kind === 'note' && s === 8);
  });
  t.notOk(one.frames.some(({ t: kind, s }) => kind === 'note' && s === 7));
});

t.test('what he said while none of his devices was here holds when one is again', async (t) => {
  const { bus, edge, rooms, users, device, note } = await setting(t);
  const [ann, bob, carol] = [newId<UserId>(), newId<UserId>(), newId<UserId>()];
  const [a, b] = [newId<RoomId>(), newId<RoomId>()];
  await edge.allow(bob, a, b);
  await edge.allow(carol, a, b);
  const [first, other] = [await device(bob), await device(carol)];
  bus.notes.publish([note(a, 7, ann), note(b, 7, ann)]);
  for (const one of [first, other]) for (const r of [a, b]) await one.next({ t: 'note', r });
  first.socket.close();
  await first.closed;
  rooms.set(a, { voices: [[bob, 'none', null]] });
  users.set(bob, { level: 'mentions' });
  rooms.set(b, { voices: [[bob, 'all', null]] });
  const again = await device(bob);
  bus.notes.publish([note(a, 8, ann), note(b, 8, ann)]);
  await again.next({ t: 'note', r: b, s: 8 });
  t.notOk(again.frames.some(({ t: kind, r }) => kind === 'note' && r === a));
});

t.test('words that come while settings are asked for are bounded, and the rest is counted as shed', async (t) => {
  const { bus, edge, device, note } = await setting(t);
  const [ann, bob, room] = [newId<UserId>(), newId<UserId>(), newId<RoomId>()];
  await edge.allow(bob, room);
  const one = await device(bob);
  // All within one turn: the first is being told, twenty wait, and ten are too many.
  for (let seq = 1; seq <= 31; seq++) bus.notes.publish([note(room, seq, ann)]);
  await one.next({ t: 'note', s: 31 });
  t.same(
    one.frames.filter(({ t: kind }) => kind === 'note').map(({ s }) => s),
    [1, ...Array.from({ length: 20 }, (_, n) => 12 + n)],
  );
  t.match(await edge.metrics(), /edge_shed_total\{[^}]*what="signal"[^}]*\} 10/);
});
