import type { RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { type Person, type RoomItem, roomOf, signUp } from './actors/person.ts';
import { connect, type Socket } from './actors/socket.ts';
import { aSystem } from './actors/system.ts';

/** What is promised is a second; a machine that does many things at once may take its time. */
const soonMs = 10_000;

const system = await aSystem(t, { apis: 2 });
const [one, two] = system.edges.map(({ url }) => url) as [string, string];
const api = system.api.url;

const people = (count: number): Promise<Person[]> => Promise.all(Array.from({ length: count }, () => signUp(api)));
const call = (socket: Socket, m: string, p: object) => socket.request({ t: 'call', m, p });
const textsOf = (socket: Socket, room: RoomId) =>
  socket.events(room).flatMap(({ t: kind, b }) => (kind === 'msg' ? [(b as { text: string }).text] : []));
const opsOf = (socket: Socket, room: RoomId) =>
  socket.events(room).flatMap((event) => (event.t === 'mem' ? [event['op']] : []));

async function refusedSoon(t: Test, socket: Socket, room: RoomId, code: string): Promise<void> {
  await until(
    `an edge to refuse with ${code}`,
    async () => (await socket.send(room, 'too late'))['code'] === code,
    soonMs,
  );
  t.pass(`refused with ${code}`);
}

t.test('who is removed or banned gets nothing behind it on any edge, and sends nothing', async (t) => {
  const [owner, gone, banned] = (await people(3)) as [Person, Person, Person];
  const room = await roomOf(owner, gone, banned);
  const [talker, ...out] = await Promise.all([
    connect(one, owner),
    ...[gone, banned].flatMap((person) => [connect(one, person), connect(two, person)]),
  ]);
  await talker?.send(room.id, 'before');
  for (const socket of out) await socket.until('before', () => textsOf(socket, room.id).length === 1, soonMs);
  t.equal((await owner.ask('DELETE', `/v1/rooms/${room.id}/members/${gone.id}`)).status, 204);
  t.equal((await call(talker as Socket, 'rooms.ban', { room: room.id, user: banned.id })).t, 'ok');
  for (let n = 0; n < 20; n++) await talker?.send(room.id, `after ${n}`);
  for (const socket of out) await refusedSoon(t, socket, room.id, 'not_member');
  for (const socket of out) t.same(textsOf(socket, room.id), ['before']);
  t.same(opsOf(talker as Socket, room.id), ['remove', 'ban']);
  t.equal((await banned.post(`/v1/rooms/${room.id}/join`)).status, 403);
});

t.test('who is added starts at it, on sockets that were open before', async (t) => {
  const [owner, guest] = (await people(2)) as [Person, Person];
  const { body } = await owner.post<RoomItem>('/v1/rooms', {
    name: 'Hidden',
    visibility: 'private',
    history: 'joined',
  });
  const [talker, socket] = [await connect(one, owner), await connect(two, guest)];
  await talker.send(body.id, 'not for you');
  t.equal((await call(talker, 'rooms.add', { room: body.id, users: [guest.id] })).t, 'ok');
  t.equal((await talker.send(body.id, 'welcome')).t, 'ok');
  await socket.until('the welcome', () => textsOf(socket, body.id).includes('welcome'), soonMs);
  t.same(textsOf(socket, body.id), ['welcome']);
  t.same(opsOf(socket, body.id), ['add'], 'the first thing that he hears is that he is in');
  await until('the edge to know', async () => (await socket.send(body.id, 'thank you')).t === 'ok', soonMs);
});

t.test('mute, freeze, archive and deletion bind every edge', async (t) => {
  const [owner, member] = (await people(2)) as [Person, Person];
  const room = await roomOf(owner, member);
  const sockets = [await connect(one, member), await connect(two, member)];
  const path = `/v1/rooms/${room.id}`;
  const all = async (code: string) => {
    for (const socket of sockets) await refusedSoon(t, socket, room.id, code);
  };
  const allow = async () => {
    for (const socket of sockets)
      await until('an edge to allow', async () => (await socket.send(room.id, 'again')).t === 'ok', soonMs);
  };
  for (const [what, code] of [
    [`members/${member.id}/mute`, 'muted'],
    ['freeze', 'frozen'],
    ['archive', 'frozen'],
  ] as const) {
    t.equal((await owner.ask('PUT', `${path}/${what}`)).status, 204, what);
    await all(code);
    t.equal((await owner.ask('DELETE', `${path}/${what}`)).status, 204, `no ${what}`);
    await allow();
  }
  t.equal((await owner.ask('DELETE', path)).status, 204);
  await all('not_member');
  t.equal((await member.get(`${path}/messages`)).status, 404);
});

t.test('a direct room, an invitation and a link over a socket', async (t) => {
  const [ana, ben, eve] = (await people(3)) as [Person, Person, Person];
  const [anas, bens, eves] = [await connect(one, ana), await connect(two, ben), await connect(one, eve)];
  const answers = await Promise.all([
    call(anas, 'rooms.direct', { user: ben.id }),
    call(bens, 'rooms.direct', { user: ana.id }),
  ]);
  const [first, second] = answers.map(({ res }) => (res as RoomItem).id);
  t.equal(first, second);
  await until('the room to be open', async () => (await anas.send(first as RoomId, 'hi')).t === 'ok', soonMs);
  await bens.until('the greeting', () => textsOf(bens, first as RoomId).includes('hi'), soonMs);

  const made = await call(anas, 'rooms.create', { name: 'Ours', visibility: 'private' });
  const room = (made['res'] as RoomItem).id;
  t.equal((await call(anas, 'rooms.invite', { room, user: ben.id })).t, 'ok');
  await bens.until('the invitation', ({ frames }) => frames.some((frame) => frame.t === 'invite'), soonMs);
  const { id } = bens.frames.find((frame) => frame.t === 'invite') as unknown as { id: string };
  t.match(await call(bens, 'invites.accept', { invite: id }), { t: 'ok', res: { id: room, role: 'member' } });
  const link = await call(anas, 'invitations.create', { room, uses: 1 });
  const { code } = link['res'] as { code: string };
  t.match(await call(eves, 'rooms.joinByLink', { code }), { t: 'ok', res: { id: room } });
  t.match(await call(eves, 'rooms.setRole', { room, user: eve.id, role: 'owner' }), { t: 'err', code: 'forbidden' });
  t.equal((await call(anas, 'rooms.handOver', { room, user: eve.id })).t, 'ok');
  t.match(await call(eves, 'rooms.mine', {}), { t: 'ok', res: { items: [{ id: room, role: 'owner', members: 3 }] } });
});
