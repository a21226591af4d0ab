import { clientExamples } from '@gapless/shared/protocol';
import { casesOf } from '../conformance-case.ts';
import { expect, refused, same } from '../expect.ts';

const helloDeadlineMs = 5_000;

export const connectCases = casesOf('Connect', [
  {
    name: 'the subprotocol that was offered is answered',
    covers: [],
    users: 1,
    async run({ raw }) {
      same((await raw()).wire.protocol, 'gapless.v1', 'the subprotocol');
      same((await raw({ protocols: ['other', 'gapless.v1'] })).wire.protocol, 'gapless.v1', 'the subprotocol');
    },
  },
  {
    name: 'subprotocols without ours are refused with 400 and a code',
    covers: ['handshake 400', 'transition handshake refused'],
    users: 1,
    async run({ refusal }) {
      const answer = await refusal({ protocols: ['other'] });
      same(answer?.status, 400, 'the status');
      same(JSON.parse(answer?.body ?? '{}').code, 'bad_frame', 'the code');
    },
  },
  {
    name: 'a token that is not valid is refused at the handshake with 401',
    covers: ['handshake 401'],
    users: 1,
    async run({ refusal }) {
      const answer = await refusal({ headers: { authorization: 'Bearer eyJhbGciOiJFZERTQSJ9.e30.c2ln' } });
      same(answer?.status, 401, 'the status');
      same(JSON.parse(answer?.body ?? '{}').code, 'unauthenticated', 'the code');
    },
  },
  {
    name: 'a token at the handshake, in a header or as a subprotocol, spares it in hello',
    covers: ['op hello'],
    users: 1,
    async run({ raw, tokenOf }) {
      const ways = [
        { headers: { authorization: `Bearer ${tokenOf(0)}` } },
        { protocols: ['gapless.v1', `bearer.${tokenOf(0)}`] },
      ];
      for (const way of ways) {
        const peer = await raw(way);
        same((await peer.request({ t: 'hello', rooms: 'none' })).t, 'hi', 'the answer to hello');
      }
    },
  },
  {
    name: 'hello is answered by hi with user, session, limits and generation',
    covers: ['op hello', 'frame hi', 'frame rooms', 'transition new to ready'],
    users: 1,
    async run({ raw, tokenOf, idOf }) {
      const peer = await raw();
      const hi = await peer.request({ t: 'hello', tok: tokenOf(0), rooms: 'none' });
      same([hi.t, hi['v'], hi['u']], ['hi', 1, idOf(0)], 'hi');
      await peer.next('the rooms', ({ t }) => t === 'rooms');
      expect(Math.abs(Number(hi['now']) - Date.now()) < 3_600_000, '`now` is no time of day');
    },
  },
  {
    name: 'nothing but hello and ping is served before hi',
    covers: ['error unauthenticated'],
    users: 1,
    async run({ raw }) {
      const peer = await raw();
      same((await peer.request({ t: 'ping' })).t, 'pong', 'the answer to ping');
      const { hello: _, ping: __, ...others } = clientExamples;
      for (const frame of Object.values(others)) {
        refused(await peer.request(frame), 'unauthenticated', `${frame.t} before hello`);
      }
    },
  },
  {
    name: 'a refused hello may be followed by a better one',
    covers: ['transition new, refused, new', 'transition ready refuses hello', 'error conflict'],
    users: 1,
    async run({ raw, tokenOf }) {
      const peer = await raw();
      refused(await peer.request({ t: 'hello', tok: 'no.such.token' }), 'unauthenticated', 'a bad token');
      refused(await peer.request({ t: 'hello' }), 'unauthenticated', 'no token');
      same((await peer.request({ t: 'hello', tok: tokenOf(0), rooms: 'none' })).t, 'hi', 'a good one');
      refused(await peer.request({ t: 'hello', tok: tokenOf(0) }), 'conflict', 'hello again');
    },
  },
  {
    name: 'without hello in time the socket closes with 4408, with a bad token alone with 4401',
    covers: ['close 4408', 'close 4401', 'transition new to closed'],
    users: 1,
    async run({ raw }) {
      const [silent, wrong] = [await raw(), await raw()];
      await wrong.request({ t: 'hello', tok: 'no.such.token' });
      same(await silent.closes(helloDeadlineMs + 4_000), 4408, 'the close');
      same(await wrong.closes(helloDeadlineMs + 4_000), 4401, 'the close behind a bad token');
    },
  },
  {
    name: 'only a token as it was signed is one, and never whose payload was changed',
    covers: ['error unauthenticated'],
    users: 2,
    async run({ raw, tokenOf }) {
      const [[head = '', mine = '', signature = ''], [, theirs = '']] = [tokenOf(0).split('.'), tokenOf(1).split('.')];
      const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
      const peer = await raw();
      for (const tok of [
        `${head}.${theirs}.${signature}`,
        `${none}.${mine}.`,
        `${none}.${mine}.${signature}`,
        `${head}.${mine}.${signature.split('').reverse().join('')}`,
        `${head}.${mine}`,
        'x',
      ]) {
        refused(await peer.request({ t: 'hello', tok }), 'unauthenticated', `the token ${tok.slice(0, 20)}…`);
      }
    },
  },
  {
    name: 'a page of another origin is let in, or refused with 403 and a code',
    covers: [],
    users: 1,
    async run({ refusal }) {
      const answer = await refusal({ headers: { origin: 'https://conformance.invalid' } });
      if (answer === undefined) return;
      same(answer.status, 403, 'the status');
      same(JSON.parse(answer.body).code, 'forbidden', 'the code');
    },
  },
  {
    name: 'auth takes a fresh token of the same user and no other',
    covers: ['op auth', 'error forbidden', 'transition ready, renewed'],
    users: 2,
    async run({ user, tokenOf }) {
      const peer = await user(0);
      same((await peer.request({ t: 'auth', tok: tokenOf(0) })).t, 'ok', 'my own token');
      refused(await peer.request({ t: 'auth', tok: tokenOf(1) }), 'forbidden', "another user's token");
      refused(await peer.request({ t: 'auth', tok: 'no.such.token' }), 'unauthenticated', 'no token');
    },
  },
  {
    name: 'too many sockets of one user close with 4409',
    covers: ['close 4409', 'limit sockets of one user on one edge'],
    users: 1,
    async run({ raw, tokenOf }) {
      const closes: number[] = [];
      for (let n = 0; n < 250 && closes.length === 0; n++) {
        const peer = await raw();
        peer.send({ t: 'hello', i: 1, tok: tokenOf(0), rooms: 'none' });
        await peer.next('an answer', ({ i }) => i === 1, 1_000).catch(() => undefined);
        if (peer.closed !== undefined) closes.push(peer.closed);
      }
      same(closes, [4409], 'the close');
    },
  },
]);
