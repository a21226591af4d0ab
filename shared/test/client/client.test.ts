import t from 'tap';
import { type Chat, ChatError, createClient, type Gap, type Message } from '../../src/client/node.ts';
import { type Frame, hi, next, room, startScriptedEdge, user } from './scripted-edge.ts';

const ok = ({ i }: Frame): Frame => ({ t: 'ok', i: i ?? 0 });
const message = (s: number, p: number, text = `message ${s}`) => ({
  ...{ s, p, v: 1, t: 'msg', r: room, u: user, at: 1_000 + s, c: '0190aaaa-0000-7000-8000-000000000000' },
  b: { text },
});
const collect = <T>(): T[] & { take: (value: T) => void } => {
  const values: T[] = [];
  return Object.assign(values, { take: (value: T) => void values.push(value) });
};
const code = async (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => (error as ChatError).code,
  );
/** Frames are delivered in order: when the answer is there, whatever was said before it is too. */
const settled = (chat: Chat) => chat.join(room);

t.test('connect says hello with the token and resolves with the session', async (t) => {
  const edge = await startScriptedEdge(t);
  const chat = edge.client({ token: async () => 'fresh' });
  const session = await chat.connect();
  t.match(session, { user, limits: { text: 100 } });
  t.match(edge.received, [{ t: 'hello', tok: 'fresh', rooms: 'all' }]);
  t.equal([...edge.sockets][0]?.protocol, 'gapless.v1');
  t.equal(await chat.connect(), session, 'a second call finds the session');
  await chat.close();
});

t.test('what follows `hi` in the same packet reaches the listeners', async (t) => {
  const edge = await startScriptedEdge(t, {
    hello: (frame, socket) => {
      socket.send(JSON.stringify(hi(frame, socket)));
      socket.send(JSON.stringify({ t: 'rooms', rs: [{ r: room, head: 4, role: 'owner' }] }));
      socket.send(JSON.stringify({ t: 'live', r: room, s: 4 }));
      socket.send(JSON.stringify(message(5, 4)));
      return undefined;
    },
  });
  const chat = edge.client();
  const [rooms, live, first] = [next(chat, 'rooms'), next(chat, 'live'), next(chat, 'message')];
  await chat.connect();
  t.same(await rooms, [{ room, head: 4, role: 'owner' }]);
  t.same(await live, { room, seq: 4 });
  t.match(await first, { room, seq: 5, user, at: 1005, body: { text: 'message 5' } });
  await chat.close();
});

t.test('a refused token rejects connect with the server’s code', async (t) => {
  const byFrame = await startScriptedEdge(t, {
    hello: ({ i }) => ({ t: 'err', i: i ?? 0, code: 'unauthenticated', msg: 'no' }),
  });
  t.equal(await code(byFrame.client().connect()), 'unauthenticated');
  const byClose = await startScriptedEdge(t, {
    hello: (_, socket) => {
      socket.close(4401, 'The token is not valid');
      return undefined;
    },
  });
  const chat = byClose.client();
  chat.on('closed', () => t.fail('a connect that fails is not a connection that closed'));
  await t.rejects(chat.connect(), { code: 'unauthenticated', message: /The token is not valid/ });
});

t.test('connect rejects in bounded time', async (t) => {
  const mute = await startScriptedEdge(t, { hello: () => undefined });
  t.equal(await code(mute.client({ deadlineMs: 50 }).connect()), 'unknown', 'no hi');
  const slowToken = mute.client({ deadlineMs: 50, token: () => new Promise(() => undefined) });
  t.equal(await code(slowToken.connect()), 'unavailable', 'no token');
  t.equal(await code(createClient({ url: 'ws://127.0.0.1:9/ws', token: () => '' }).connect()), 'unavailable', 'nobody');
  t.equal([...mute.sockets].length, 0, 'and leaves no socket open');
});

t.test('a token function that throws rejects connect with its own error', async (t) => {
  const edge = await startScriptedEdge(t);
  const token = () => {
    throw new RangeError('logged out');
  };
  await t.rejects(edge.client({ token }).connect(), RangeError);
});

t.test('send resolves with the number that the message was stored under', async (t) => {
  const edge = await startScriptedEdge(t, { send: ({ i }) => ({ t: 'ok', i: i ?? 0, s: 7, at: 1_700_000_000_000 }) });
  const chat = edge.client();
  await chat.connect();
  const sent = await chat.send(room, { text: 'hi' });
  t.match(sent, { seq: 7, at: 1_700_000_000_000, duplicate: false });
  t.match(edge.received[1], { t: 'send', r: room, c: sent.clientId, b: { text: 'hi' } });
  t.match(sent.clientId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.notOk(Object.hasOwn(edge.received[1] ?? {}, 're'));
  await chat.close();
});

t.test('a repeated send keeps its client id and says that it had been stored', async (t) => {
  const edge = await startScriptedEdge(t, { send: ({ i }) => ({ t: 'ok', i: i ?? 0, s: 7, at: 1, dup: 1 }) });
  const chat = edge.client();
  await chat.connect();
  const again = await chat.send(room, { text: 'hi' }, { clientId: 'my-own-client-id-1', thread: 3 });
  t.match(again, { seq: 7, duplicate: true, clientId: 'my-own-client-id-1' });
  t.match(edge.received[1], { c: 'my-own-client-id-1', re: 3 });
  await chat.close();
});

t.test('replies find their request whatever their order', async (t) => {
  const waiting: Frame[] = [];
  const edge = await startScriptedEdge(t, {
    send: (frame, socket) => {
      waiting.unshift(frame);
      if (waiting.length === 3)
        for (const { i } of waiting) socket.send(JSON.stringify({ t: 'ok', i, s: (i as number) * 10, at: 1 }));
      return undefined;
    },
  });
  const chat = edge.client();
  await chat.connect();
  const sent = await Promise.all(['a', 'b', 'c'].map((text) => chat.send(room, { text })));
  t.same(
    sent.map(({ seq }) => seq),
    [20, 30, 40],
  );
  await chat.close();
});

t.test('a refusal becomes a typed error that carries code, retry and client id', async (t) => {
  const edge = await startScriptedEdge(t, {
    send: ({ i }) => ({ t: 'err', i: i ?? 0, code: 'rate_limited', msg: 'slow down', retry: 250 }),
  });
  const chat = edge.client();
  await chat.connect();
  const failed = chat.send(room, { text: 'hi' }, { clientId: 'my-own-client-id-1' });
  await t.rejects(failed, {
    name: 'ChatError',
    code: 'rate_limited',
    message: 'slow down',
    retryMs: 250,
    clientId: 'my-own-client-id-1',
  });
  t.ok((await failed.catch((error: unknown) => error)) instanceof ChatError);
  await chat.close();
});

t.test('no answer in time: the fate is unknown, and a late answer harms nobody', async (t) => {
  const edge = await startScriptedEdge(t, {
    send: ({ i }, socket) => {
      setTimeout(() => socket.send(JSON.stringify({ t: 'ok', i, s: 7, at: 1 })), 60);
      return undefined;
    },
    join: ok,
  });
  const chat = edge.client({ deadlineMs: 40 });
  chat.on('error', t.error);
  await chat.connect();
  await t.rejects(chat.send(room, { text: 'hi' }), { code: 'unknown', clientId: /-7/ });
  await new Promise((resolve) => setTimeout(resolve, 60));
  await settled(chat);
  await chat.close();
});

t.test('a connection that ends leaves what was under way unknown', async (t) => {
  const edge = await startScriptedEdge(t, {
    send: (_, socket) => {
      socket.terminate();
      return undefined;
    },
  });
  const chat = edge.client();
  await chat.connect();
  const closed = next(chat, 'closed');
  t.equal(await code(chat.send(room, { text: 'hi' })), 'unknown');
  t.same(await closed, { code: 1006, name: undefined, reason: '', next: 'reconnect' });
  t.equal(await code(chat.send(room, { text: 'hi' })), 'unavailable', 'afterwards nothing leaves at all');
  t.equal(await code(chat.join(room)), 'unavailable');
});

t.test('a close tells its name and what to do next', async (t) => {
  const cases = [
    [1012, 'restart', 'reconnect'],
    [1013, 'try_later', 'reconnect'],
    [4008, 'slow_consumer', 'reconnect'],
    [4011, 'token_expired', 'reconnect'],
    [4099, undefined, 'reconnect'],
    [4401, 'unauthenticated', 'refused'],
    [4429, 'flooding', 'refused'],
    [4499, undefined, 'refused'],
  ] as const;
  const edge = await startScriptedEdge(t);
  for (const [number, name, what] of cases) {
    const chat = edge.client();
    await chat.connect();
    const closed = next(chat, 'closed');
    for (const socket of edge.sockets) socket.close(number, 'because');
    t.same(await closed, { code: number, name, reason: 'because', next: what });
  }
});

t.test('close is told as done, and connect may follow', async (t) => {
  const edge = await startScriptedEdge(t);
  const chat = edge.client();
  await chat.connect();
  const closed = next(chat, 'closed');
  await Promise.all([chat.close(), chat.close()]);
  t.match(await closed, { code: 1000, next: 'done' });
  t.match(await chat.connect(), { user });
  await chat.close();
});

t.test('events come once, in order, with gaps told before the event that shows them', async (t) => {
  const edge = await startScriptedEdge(t, { join: ok });
  const chat = edge.client();
  await chat.connect();
  const told = collect<string>();
  chat.on('message', ({ seq }) => told.take(`message ${seq}`));
  chat.on('gap', ({ after, upTo }) => told.take(`gap ${after}-${upTo}`));
  edge.say({ t: 'live', r: room, s: 4 }, message(4, 3), message(5, 4), message(5, 4), message(9, 8), message(8, 5));
  edge.say(message(12, 0), message(13, 12));
  await settled(chat);
  t.same([...told], ['message 5', 'gap 5-8', 'message 9', 'message 12', 'message 13']);
  await chat.close();
});

t.test('what was missed between two connections shows as a gap', async (t) => {
  const generations = ['first', 'first', 'second'];
  const edge = await startScriptedEdge(t, {
    join: ok,
    hello: (frame, socket) => ({ ...(hi(frame, socket) as Frame), gen: generations.shift() }),
  });
  const chat = edge.client();
  const gaps = collect<Gap>();
  chat.on('gap', gaps.take);
  for (const head of [4, 9, 2]) {
    await chat.connect();
    edge.say({ t: 'live', r: room, s: head });
    await settled(chat);
    await chat.close();
  }
  t.same([...gaps], [{ room, after: 4, upTo: 9 }], 'but not across two generations of the installation');
});

t.test('a room that was left starts anew', async (t) => {
  const edge = await startScriptedEdge(t, { join: ok, leave: ok });
  const chat = edge.client();
  chat.on('gap', () => t.fail('what happens while one is away is not missed'));
  const seen = collect<Message>();
  chat.on('message', seen.take);
  await chat.connect();
  edge.say(message(5, 4));
  await chat.leave(room);
  edge.say({ t: 'live', r: room, s: 20 }, message(21, 20));
  await settled(chat);
  t.same(
    seen.map(({ seq }) => seq),
    [5, 21],
  );
  t.match(edge.received.slice(1), [
    { t: 'leave', rs: [room] },
    { t: 'join', rs: [room] },
  ]);
  await chat.close();
});

t.test('every kind of event is told, known or not, and keeps the chain', async (t) => {
  const edge = await startScriptedEdge(t, { join: ok });
  const chat = edge.client();
  await chat.connect();
  const kinds = collect<string>();
  chat.on('event', ({ kind }) => kinds.take(kind));
  chat.on('gap', () => t.fail('no gap'));
  const [member, changed] = [next(chat, 'membership'), next(chat, 'room')];
  const common = { v: 1, r: room, u: user, at: 1 };
  edge.say(message(1, 0), { ...common, t: 'mem', s: 2, p: 1, op: 'join', us: [user], ver: 1 });
  edge.say({ ...common, t: 'room', s: 3, p: 2, name: 'Lobby', no: 1 }, { ...common, t: 'poll', s: 4, p: 3, x: 1 });
  edge.say(message(5, 4), { t: 'weather', of: 'tomorrow' }, { t: 'stored', r: room, s: 2 });
  await settled(chat);
  t.same([...kinds], ['message', 'membership', 'room', 'other', 'message']);
  t.match(await member, { op: 'join', users: [user] });
  t.match(await changed, { name: 'Lobby', number: 1 });
  await chat.close();
});

t.test('what answers no call is told: errors, farewells, rubbish', async (t) => {
  const edge = await startScriptedEdge(t, { join: ok });
  const chat = edge.client();
  await chat.connect();
  const errors = collect<ChatError>();
  chat.on('error', errors.take);
  const bye = next(chat, 'bye');
  edge.say({ t: 'err', code: 'bad_frame', msg: 'what?' }, '{', '[]', 'null', '{"t":1}');
  edge.say({ t: 'bye', after: 100, why: 'drain' });
  await settled(chat);
  t.same(
    errors.map(({ code, message }) => `${code}: ${message}`),
    ['bad_frame: what?', ...Array.from({ length: 4 }, () => 'bad_frame: The server sent no frame')],
  );
  t.same(await bye, { afterMs: 100, why: 'drain' });
  await chat.close();
});

t.test('a frame above the announced limit is refused before it leaves', async (t) => {
  const edge = await startScriptedEdge(t);
  const chat = edge.client();
  await chat.connect();
  t.equal(await code(chat.send(room, { text: '가'.repeat(330) })), 'too_large', 'counted in bytes');
  t.equal(edge.received.length, 1);
  await chat.close();
});

t.test('a token is renewed on the standing connection', async (t) => {
  let n = 0;
  const edge = await startScriptedEdge(t, { auth: ok });
  const chat = edge.client({ token: () => `token ${++n}` });
  await chat.connect();
  await chat.renewToken();
  t.match(edge.received[1], { t: 'auth', tok: 'token 2' });
  await chat.close();
});

t.test('silence is broken by a ping', async (t) => {
  const edge = await startScriptedEdge(t, { ping: ({ i }) => ({ t: 'pong', i: i ?? 0, now: 1 }), join: ok });
  const chat = edge.client({ keepAliveMs: 30 });
  chat.on('closed', ({ next }) => t.equal(next, 'done'));
  await chat.connect();
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.ok(edge.received.filter((frame) => frame.t === 'ping').length >= 3);
  await chat.close();
});

t.test('a ping without an answer ends the connection', async (t) => {
  const edge = await startScriptedEdge(t);
  const chat = edge.client({ keepAliveMs: 20, deadlineMs: 40 });
  await chat.connect();
  t.same(await next(chat, 'closed'), { code: 1006, name: undefined, reason: 'No answer to ping', next: 'reconnect' });
});

t.test('a second connect resumes every room from where it was, in as many frames as that takes', async (t) => {
  const edge = await startScriptedEdge(t, {
    hello: (frame, socket) => (frame['more'] === 1 ? undefined : hi(frame, socket)),
    join: ok,
  });
  const chat = edge.client();
  await chat.connect();
  const rooms = Array.from({ length: 300 }, (_, n) => `01j${String(n).padStart(23, '0')}`);
  edge.say(...rooms.map((r, n) => ({ t: 'live', r, s: n })));
  await settled(chat);
  await chat.close();
  edge.received.length = 0;
  await chat.connect();
  const hellos = edge.received.filter(({ t }) => t === 'hello');
  t.match(hellos, [{ tok: String, rooms: 'all', gen: 'first', more: 1 }, { i: Number }]);
  t.same(Object.assign({}, ...hellos.map(({ since }) => since)), Object.fromEntries(rooms.map((room, n) => [room, n])));
  const gaps = collect<Gap>();
  chat.on('gap', gaps.take);
  const first = rooms[0] as string;
  edge.say({ t: 'lag', r: first, from: 1, to: 40 }, { t: 'live', r: first, s: 40 }, { t: 'removed', r: rooms[1] });
  await settled(chat);
  t.same([...gaps], [{ room: first, after: 0, upTo: 40 }]);
  await chat.join(first);
  t.match(edge.received.at(-1), { t: 'join', since: { [first]: 40 } });
  await chat.close();
});

t.test('a listener can be taken away', async (t) => {
  const edge = await startScriptedEdge(t, { join: ok });
  const chat = edge.client();
  await chat.connect();
  const seen = collect<Message>();
  const off = chat.on('message', seen.take);
  edge.say(message(1, 0));
  await settled(chat);
  off();
  edge.say(message(2, 1));
  await settled(chat);
  t.equal(seen.length, 1);
  await chat.close();
});
