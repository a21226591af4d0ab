import type { RoomId } from '@gapless/shared/schema';
import { startForeignIssuer, trustedIssuersFile, until } from '@gapless/shared/testing';
import t from 'tap';
import { call, type Person, roomOf, signUp } from './actors/person.ts';
import { openDatabase } from './actors/record.ts';
import { type Frame, openRaw, type Socket } from './actors/socket.ts';
import { aSystem, urlsOf } from './actors/system.ts';

const issuer = await startForeignIssuer(t, { over: { nicknameClaim: 'name' } });
const settings = { everyone: { trustedIssuersFile: trustedIssuersFile(t, issuer.trusted) } };
const system = await aSystem(t, { settings });
const [edge = '', otherEdge = ''] = urlsOf(system);
const api = system.api.url;
const db = await openDatabase(t, system);

async function over(person: Person): Promise<(m: string, p?: object) => Promise<Frame>> {
  const socket = await greeted(edge, person.token);
  return (m, p = {}) => socket.request({ t: 'call', m, p });
}

async function greeted(url: string, token: string): Promise<Socket> {
  const socket = await openRaw(url);
  t.teardown(() => socket.terminate());
  await socket.request({ t: 'hello', tok: token });
  return socket;
}

type Profile = { readonly id: string; readonly nickname: string; readonly version: number };
type List<T> = { readonly items: readonly T[] };

t.test('a profile is changed by REST and by socket, and both show the same', async (t) => {
  const [person, reader] = [await signUp(api, 'margaret'), await signUp(api)];
  const ask = await over(person);
  const custom = { team: 'apollo' };
  t.match(await ask('me.change', { image: 'https://example.org/m.png', custom }), { t: 'ok', res: { version: 2 } });
  const changed = await person.ask<Profile>('PATCH', '/v1/me', { nickname: 'hamilton' });
  t.match(changed, { status: 200, body: { nickname: 'hamilton', version: 3, custom } });
  t.match(await ask('me.get'), { t: 'ok', res: changed.body });
  t.match(await ask('me.change', { nickname: { $ne: '' } }), { t: 'err', code: 'bad_frame' });
  const seen = await reader.get<Profile>(`/v1/users/${person.id}`);
  t.notOk('email' in seen.body);
  const readers = await over(reader);
  for (const found of [
    await readers('users.get', { user: person.id }),
    await readers('users.byNickname', { nickname: 'HAMILTON' }),
  ]) {
    t.same(found['res'], seen.body);
  }
  t.same((await readers('users.search', { nickname: 'ham' }))['res'], { items: [seen.body] });
  t.same((await reader.get('/v1/users?nickname=ham')).body, { items: [seen.body] });
  t.same((await reader.get(`/v1/users?email=${person.email}`)).body, { items: [] });
  await person.ask('PATCH', '/v1/me', { findableByEmail: true });
  t.same((await reader.get(`/v1/users?email=${person.email}`)).body, { items: [] }, 'nobody has proven it to be his');
  await db.collection<{ _id: string }>('users').updateOne({ _id: person.id }, { $unset: { unproven: true } });
  t.match((await reader.get<List<Profile>>(`/v1/users?email=${person.email}`)).body.items, [{ id: person.id }]);
});

t.test('a block is made, listed and taken back by REST and by socket', async (t) => {
  const [one, two] = [await signUp(api), await signUp(api, 'blocked-two')];
  const ask = await over(one);
  t.equal((await one.ask('PUT', `/v1/me/blocked/${two.id}`)).status, 204);
  t.match(await ask('users.block', { user: two.id }), { t: 'ok' }, 'again');
  t.match(await ask('users.blocked'), { res: { items: [{ user: two.id, nickname: 'blocked-two' }] } });
  t.same((await one.get('/v1/users?nickname=blocked-')).body, { items: [] });
  t.match(await ask('users.unblock', { user: two.id }), { t: 'ok' });
  t.same((await one.get('/v1/me/blocked')).body, { items: [] });
  t.equal((await one.ask('DELETE', `/v1/me/blocked/${two.id}`)).status, 204, 'again');
});

t.test('a block binds in a direct room within a second, on every edge, and so does its end', async (t) => {
  const [one, two] = [await signUp(api), await signUp(api)];
  const asked = await one.post<{ id: RoomId }>('/v1/rooms/direct', { user: two.id });
  const room = asked.body.id;
  const [mine, theirs] = [await greeted(edge, one.token), await greeted(otherEdge, two.token)];
  for (const socket of [mine, theirs]) t.match(await socket.send(room, 'hello'), { t: 'ok' });
  const untilCode = async (socket: Socket, code: string | undefined) => {
    let answer: Frame | undefined;
    const fits = async () => {
      answer = await socket.send(room, 'and now');
      return answer['code'] === code;
    };
    await until(`${code ?? 'taken'}`, fits, 5_000);
    return answer;
  };
  await one.ask('PUT', `/v1/me/blocked/${two.id}`);
  for (const socket of [mine, theirs]) t.match(await untilCode(socket, 'blocked'), { t: 'err', code: 'blocked' });
  await one.ask('DELETE', `/v1/me/blocked/${two.id}`);
  for (const socket of [mine, theirs]) t.match(await untilCode(socket, undefined), { t: 'ok' });
});

t.test('a message is reported and dealt with by REST and by socket', async (t) => {
  const [owner, author, member] = [await signUp(api), await signUp(api), await signUp(api)];
  const room = await roomOf(owner, author, member);
  const sent = await (await greeted(otherEdge, author.token)).send(room.id, 'buy this');
  const path = `/v1/rooms/${room.id}/messages/${sent['s']}/reports`;
  const reported = await member.post<{ id: string }>(path, { reason: 'spam' });
  t.match(reported, { status: 200, body: { author: author.id, by: member.id } });
  const asked = await over(member);
  const again = await asked('messages.report', { room: room.id, sequence: sent['s'], reason: 'other' });
  t.match(again, { t: 'ok', res: { id: reported.body.id, reason: 'spam' } });
  t.match(await asked('reports.list', { room: room.id }), { t: 'err', code: 'forbidden' });
  const ask = await over(owner);
  t.match(await ask('reports.list', { room: room.id }), { res: { items: [{ id: reported.body.id }] } });
  const resolve = `/v1/rooms/${room.id}/reports/${reported.body.id}/resolve`;
  t.match(await owner.post(resolve, { text: 'Removed' }), { status: 200, body: { resolved: { by: owner.id } } });
  const repeated = await ask('reports.resolve', { room: room.id, report: reported.body.id });
  t.match(repeated, { t: 'ok', res: { resolved: { text: 'Removed' } } });
  t.same((await owner.get(`/v1/rooms/${room.id}/reports`)).body, { items: [] });
});

t.test('a person of another issuer chats with everybody, and is out on every edge when he is disabled', async (t) => {
  const token = issuer.token({ name: 'katherine', sid: 'laptop' });
  const socket = await greeted(edge, token);
  const mine = await call<Profile>(api, 'GET', '/v1/me', undefined, token);
  t.match(mine, { status: 200, body: { nickname: 'katherine' } });
  t.match(socket.frames[0], { t: 'hi', u: mine.body.id }, 'the same user by REST and by socket, on whatever edge');
  const owner = await signUp(api);
  const room = await roomOf(owner);
  t.match(await socket.request({ t: 'call', m: 'rooms.join', p: { room: room.id } }), { t: 'ok' });
  const listener = await greeted(otherEdge, owner.token);
  t.match(await socket.send(room.id, 'hello from elsewhere'), { t: 'ok' });
  await listener.until('the message', (heard) => heard.events(room.id).some(({ u }) => u === mine.body.id));
  const elsewhere = await greeted(otherEdge, issuer.token({ sid: 'phone' }));
  t.match(elsewhere.frames[0], { t: 'hi', u: mine.body.id });

  const admin = await signUp(api);
  await db.collection<{ _id: string }>('users').updateOne({ _id: admin.id }, { $set: { role: 'admin' } });
  const asAdmin = (what: string, by = admin.token) =>
    call(system.api.adminUrl, 'POST', `/v1/admin/users/${mine.body.id}/${what}`, undefined, by);
  t.match(await socket.request({ t: 'call', m: 'users.disable', p: { user: admin.id } }), {
    t: 'err',
    code: 'not_found',
  });
  t.equal((await asAdmin('disable', token)).status, 403);
  t.equal((await asAdmin('disable')).status, 204);
  for (const open of [socket, elsewhere]) await open.until('the end', ({ closed }) => closed?.code === 4401);
  t.equal((await call(api, 'GET', '/v1/me', undefined, token)).status, 403);
  const refused = await openRaw(otherEdge);
  t.match(await refused.request({ t: 'hello', tok: issuer.token() }), { t: 'err', code: 'unauthenticated' });
  t.equal((await asAdmin('enable')).status, 204);
  t.equal((await call(api, 'GET', '/v1/me', undefined, token)).status, 200);
  const back = await openRaw(edge);
  t.teardown(() => back.terminate());
  t.match(await back.request({ t: 'hello', tok: issuer.token() }), { t: 'hi', u: mine.body.id });
});
