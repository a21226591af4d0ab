import { createHmac, createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LocalSystem } from '@gapless/shared/local';
import { publicJwk } from '@gapless/shared/runtime';
import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { type Person, roomOf, signUp } from './actors/person.ts';
import { openDatabase, rowsOf } from './actors/record.ts';
import { connect, openRaw, type Socket } from './actors/socket.ts';
import { aSystem } from './actors/system.ts';
import { fuzz } from './fuzz/run.ts';
import { fuzzed } from './fuzz/system.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Tokens as an attacker, or an old session, would bring them. */
function forgeries(system: LocalSystem, person: Person): Record<string, string> {
  const pem = readFileSync(system.signingKeyFile, 'utf8');
  const { kid, x } = publicJwk(pem);
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    sub: person.id,
    sid: person.id,
    role: 'user',
    aud: 'gapless',
    iss: 'gapless',
    iat: now,
    exp: now + 600,
  };
  const signed = (head: object, body: object, key = createPrivateKey(pem)) => {
    const text = `${encode({ typ: 'JWT', ...head })}.${encode(body)}`;
    return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
  };
  const hs256 = `${encode({ alg: 'HS256', typ: 'JWT', kid })}.${encode(claims)}`;
  return {
    'alg none': `${encode({ alg: 'none', typ: 'JWT', kid })}.${encode(claims)}.`,
    'HS256 with the public key': `${hs256}.${createHmac('sha256', Buffer.from(x, 'base64url')).update(hs256).digest('base64url')}`,
    'another audience': signed({ alg: 'EdDSA', kid }, { ...claims, aud: 'other' }),
    'another issuer': signed({ alg: 'EdDSA', kid }, { ...claims, iss: 'other' }),
    expired: signed({ alg: 'EdDSA', kid }, { ...claims, iat: now - 900, exp: now - 300 }),
    "somebody else's key": signed({ alg: 'EdDSA', kid }, claims, generateKeyPairSync('ed25519').privateKey),
    'no user': signed({ alg: 'EdDSA', kid }, { ...claims, sub: 'root' }),
    'no token at all': 'garbage',
  };
}

const system = await aSystem(t, fuzzed);

t.test('bad tokens', async (t) => {
  const person = await signUp(system.api.url);
  const url = system.edges[0]?.url ?? '';
  for (const [name, token] of Object.entries(forgeries(system, person))) {
    const socket = await openRaw(url);
    t.match(await socket.request({ t: 'hello', tok: token }), { t: 'err', code: 'unauthenticated' }, name);
    t.match(await socket.request({ t: 'ping' }), { t: 'pong' }, `${name}: the socket lives on`);
    t.match(await socket.request({ t: 'hello', tok: person.token }), { t: 'hi' }, `${name}: a good token still works`);
    await socket.close();
    const headers = { authorization: `Bearer ${token}` };
    await t.rejects(openRaw(url, { headers }), /401/, `${name}: refused at the handshake`);
    const rest = await fetch(`${system.api.url}/v1/me`, { headers });
    t.equal(rest.status, 401, `${name}: refused by REST`);
  }
  for (const [way, socket] of [
    ['header', await openRaw(url, { headers: { authorization: `Bearer ${person.token}` } })],
    ['subprotocol', await openRaw(url, {}, ['gapless.v1', `bearer.${person.token}`])],
  ] as const) {
    t.match(await socket.request({ t: 'hello' }), { t: 'hi', u: person.id }, `a good token in the ${way}`);
    await socket.close();
  }
});

t.test('bad frames: each its code, the socket lives on, nothing half-done', async (t) => {
  const [person, stranger] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const [mine, theirs] = [await roomOf(person), await roomOf(stranger)];
  const socket = await connect(system.edges[0]?.url ?? '', person);
  const answer = async (frame: unknown) => {
    const seen = socket.frames.length;
    socket.write(frame);
    await socket.until('an answer', ({ frames }) =>
      frames.slice(seen).some((one) => one.t === 'err' || one.t === 'ok'),
    );
    return socket.frames.slice(seen).find((one) => one.t === 'err' || one.t === 'ok');
  };
  const send = { t: 'send', i: 7, r: mine.id, c: randomUUID(), b: { text: 'x' } };
  const cases: [string, unknown, string][] = [
    ['malformed JSON', '{"t":"send"', 'bad_frame'],
    ['no object', '[1,2]', 'bad_frame'],
    ['no operation', '{"i":1}', 'bad_frame'],
    ['unknown operation', { t: 'fly', i: 1 }, 'unknown_op'],
    ['a name of every object', { t: 'constructor', i: 1 }, 'unknown_op'],
    ['wrong types', { ...send, b: { text: 5 } }, 'bad_frame'],
    ['no body', { ...send, b: undefined }, 'bad_frame'],
    ['deep JSON', `{"t":"send","x":${'['.repeat(50)}${']'.repeat(50)}}`, 'bad_frame'],
    ['an oversize frame', { ...send, b: { text: 'x'.repeat(20_000) } }, 'too_large'],
    ['1,001 characters', { ...send, b: { text: '👋'.repeat(1_001) } }, 'too_large'],
    ['blank text', { ...send, b: { text: '  ' } }, 'bad_frame'],
    ['a room that is none', { ...send, r: '>' }, 'bad_frame'],
    ['a room one is not in', { ...send, r: theirs.id }, 'not_member'],
    ['a client id that is none', { ...send, c: 'short' }, 'bad_frame'],
    ['joining a room one is not in', { t: 'join', i: 2, rs: [mine.id, theirs.id] }, 'not_member'],
    ['a binary frame', Buffer.from([1, 2, 3]), 'bad_frame'],
  ];
  for (const [name, frame, code] of cases) t.match(await answer(frame), { t: 'err', code }, name);
  t.equal(socket.closed, undefined);
  t.match(await answer({ ...send, b: { text: '👋'.repeat(1_000) } }), { t: 'ok' }, '1,000 characters pass');
  const db = await openDatabase(t, system);
  await socket.until('the message', ({ frames }) => frames.some((frame) => frame.t === 'msg'));
  await new Promise((resolve) => setTimeout(resolve, 500));
  t.equal((await rowsOf(db, mine.id)).filter(({ k }) => k === 'msg').length, 1, 'only the good one is stored');
  t.equal((await rowsOf(db, theirs.id)).filter(({ k }) => k === 'msg').length, 0);
});

t.test('a client id that comes again', async (t) => {
  const person = await signUp(system.api.url);
  const [room, other] = [await roomOf(person), await roomOf(person)];
  const [first, second] = await Promise.all(system.edges.map(({ url }) => connect(url, person)));
  if (first === undefined || second === undefined) throw new Error('two edges');
  const clientId = randomUUID();
  const stored = await first.send(room.id, 'once', clientId);
  t.match(stored, { t: 'ok' });
  t.match(
    await second.send(room.id, 'once', clientId),
    { t: 'ok', s: stored['s'], at: stored['at'], dup: 1 },
    'answers the first one',
  );
  t.match(await second.send(room.id, 'something else', clientId), { t: 'err', code: 'conflict' }, 'with another body');
  t.match(await second.send(other.id, 'once', clientId), { t: 'ok' }, 'in another room it is another message');
  const db = await openDatabase(t, system);
  await new Promise((resolve) => setTimeout(resolve, 500));
  t.equal((await rowsOf(db, room.id)).filter(({ k }) => k === 'msg').length, 1);
});

t.test('cursors that Gapless never gave: each its answer, and the room is live all the same', async (t) => {
  const [person, stranger] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const [room, theirs] = [(await roomOf(person)).id, (await roomOf(stranger)).id];
  const url = system.edges[0]?.url ?? '';
  const sent = await connect(url, person);
  const stored = await sent.send(room, 'one');
  const greet = async (since: unknown, more: object = {}) => {
    const socket = await openRaw(url);
    const reply = await socket.request({ t: 'hello', tok: person.token, since, ...more });
    if (reply.t === 'hi') await socket.until('live', ({ frames }) => frames.some((frame) => frame.t === 'live'));
    return { socket, reply };
  };

  for (const cursor of [-1, 1.5, '7', null, [1], 1e300, Number.MAX_SAFE_INTEGER + 1]) {
    const { socket, reply } = await greet({ [room]: cursor });
    t.match(reply, { t: 'err', code: 'bad_frame' }, `cursor ${JSON.stringify(cursor)}`);
    t.equal(socket.closed, undefined);
    await socket.close();
  }
  for (const name of ['no room', '>', '__proto__']) {
    const { socket, reply } = await greet(JSON.parse(`{${JSON.stringify(name)}:1}`));
    t.match(reply, { t: 'err', code: 'bad_frame' }, `a cursor of ${name}`);
    await socket.close();
  }

  for (const ahead of [(stored['s'] as number) + 1_000, Number.MAX_SAFE_INTEGER]) {
    const { socket } = await greet({ [room]: ahead });
    t.match(socket.frames.find((frame) => frame.t === 'err') ?? {}, { code: 'bad_cursor', r: room }, `${ahead}`);
    const next = await sent.send(room, 'goes on');
    await socket.until('what comes next', (own) => own.events(room).some(({ s }) => s === next['s']));
    await socket.close();
  }

  const other = await greet({ [room]: 10 ** 12 }, { gen: 'of-another-installation' });
  t.notOk(
    other.socket.frames.some((frame) => frame.t === 'err'),
    'a cursor of another generation is void',
  );
  t.equal(other.socket.events(room).length, 0);
  await other.socket.close();

  const foreign = await greet({ [theirs]: 1, [newId<RoomId>()]: 1 });
  t.equal(foreign.socket.frames.filter((frame) => frame.t === 'removed').length, 2, 'rooms that are not mine');
  await foreign.socket.close();
  await sent.close();
});

t.test('cursors of 10,000 rooms over many frames; one more is refused', async (t) => {
  const person = await signUp(system.api.url);
  const room = (await roomOf(person)).id;
  const url = system.edges[0]?.url ?? '';
  const strange = Array.from({ length: 9_999 }, () => newId<RoomId>());
  const say = (socket: Socket, rooms: readonly RoomId[]) => {
    for (let at = 0; at < rooms.length; at += 350) {
      const since = Object.fromEntries(rooms.slice(at, at + 350).map((id) => [id, 1]));
      socket.write({ t: 'hello', tok: person.token, since, more: 1 });
    }
  };
  const socket = await openRaw(url);
  say(socket, strange);
  t.match(await socket.request({ t: 'hello', since: { [room]: 0 } }), { t: 'hi' });
  await socket.until('the one that is mine', ({ frames }) => frames.some((frame) => frame.t === 'live'));
  await socket.until('all others', ({ frames }) => frames.filter(({ t }) => t === 'removed').length === 9_999);
  const tooMany = await openRaw(url);
  say(tooMany, strange);
  t.match(await tooMany.request({ t: 'hello', since: { [room]: 0, [newId<RoomId>()]: 0 } }), { code: 'bad_frame' });
  await Promise.all([socket.close(), tooMany.close()]);
});

t.test('a client that resumes in a loop gets what it asks for, and its neighbour notices nothing', async (t) => {
  const [looping, neighbour] = await Promise.all([signUp(system.api.url), signUp(system.api.url)]);
  const room = (await roomOf(looping, neighbour)).id;
  const [socket, beside] = await Promise.all(
    [looping, neighbour].map((who) => connect(system.edges[0]?.url ?? '', who)),
  );
  if (socket === undefined || beside === undefined) throw new Error('two sockets');
  const seqs: number[] = [];
  for (let n = 0; n < 20; n++) seqs.push((await beside.send(room, `message ${n}`))['s'] as number);
  await socket.until('all of them', (own) => own.events(room).some(({ s }) => s === seqs.at(-1)));
  const loop = Array.from({ length: 200 }, async () =>
    socket.request({ t: 'join', rs: [room], since: { [room]: seqs[0] } }),
  );
  const during: number[] = [];
  for (let n = 0; n < 10; n++) during.push((await beside.send(room, `meanwhile ${n}`))['s'] as number);
  const answers = await Promise.all(loop);
  t.ok(
    answers.every(({ t, code }) => t === 'ok' || code === 'busy' || code === 'rate_limited'),
    'each has its answer',
  );
  t.ok(answers.some(({ t }) => t === 'ok'));
  await beside.until('its own', (own) => own.events(room).some(({ s }) => s === during.at(-1)));
  t.same(
    beside.events(room).flatMap(({ s }) => (during.includes(s) ? [s] : [])),
    during,
  );
  const last = await socket.request({ t: 'join', rs: [room], since: { [room]: during[0] } });
  t.match(last, { t: 'ok' }, 'and it goes on');
  const final = await beside.send(room, 'the end');
  await socket.until('the end', (own) => own.events(room).filter(({ s }) => s === final['s']).length === 1);
  await Promise.all([socket.close(), beside.close()]);
});

t.test(
  '100,000 frames and 10,000 requests of every kind: each has its answer from the tables, and nothing breaks',
  async (t) => {
    const seed = Number(process.env['SEED'] ?? 1 + Math.floor(Math.random() * 1_000_000));
    t.comment(`SEED=${seed}`);
    const { faults, text } = await fuzz(system, { seed, frames: 100_000, requests: 10_000 });
    t.comment(text);
    t.strictSame(faults, [], `seed ${seed}`);
  },
);
