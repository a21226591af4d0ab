import { createHmac, createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LocalSystem } from '@gapless/shared/local';
import { publicJwk } from '@gapless/shared/runtime';
import t from 'tap';
import { type Person, roomOf, signUp } from './actors/person.ts';
import { openDatabase, rowsOf } from './actors/record.ts';
import { connect, openRaw } from './actors/socket.ts';
import { aSystem } from './actors/system.ts';

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

const system = await aSystem(t);

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
