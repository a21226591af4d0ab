import t from 'tap';
import type { OutboxStore } from '../../src/client/index.ts';
import { settled } from './fake-clock.ts';
import { codeOf, err, type Frame, ok, otherRoom, room, startFakeEdge } from './fake-edge.ts';
import { mapStore, storing, textsOf } from './outbox-ground.ts';

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

t.test('send resolves with the number that the message was stored under; the id is known before', async (t) => {
  const edge = startFakeEdge();
  storing(edge);
  await edge.connect();
  const sending = edge.client.room(room).send('hi');
  t.match(sending.clientId, uuid7);
  t.same(
    edge.client.outbox().map(({ request }) => request.c),
    [sending.clientId],
  );
  t.same(await sending, { seq: 1, at: 1, duplicate: false, clientId: sending.clientId });
  t.same(edge.client.outbox(), []);
  t.match(edge.sentOf('send'), [{ r: room, c: sending.clientId, b: { text: 'hi' } }]);
  t.notOk(Object.hasOwn(edge.sentOf('send')[0] ?? {}, 're'));
  t.notOk(Object.hasOwn(edge.sentOf('send')[0] ?? {}, 'again'));
  t.match(edge.toldOf('sent'), [{ room, clientId: sending.clientId, seq: 1 }]);
});

t.test('edits, deletions and reactions go the same way, in the order of the calls', async (t) => {
  const edge = startFakeEdge();
  const log = storing(edge);
  const lobby = edge.client.room(room);
  const all = [
    lobby.send('one', { thread: 3, clientId: 'my-own-client-id-1' }),
    lobby.edit(1, 'two'),
    lobby.react(1, '👍'),
    lobby.react(1, '👍', false),
    lobby.delete(1),
  ];
  await edge.connect();
  await Promise.all(all);
  t.match(log, [
    { t: 'send', c: 'my-own-client-id-1', re: 3 },
    { t: 'edit', m: 1, c: uuid7, b: { text: 'two' } },
    { t: 'react', m: 1, c: uuid7, e: '👍', on: 1 },
    { t: 'react', on: 0 },
    { t: 'del', m: 1, c: uuid7 },
  ]);
});

t.test('ids are dated by the server’s clock', async (t) => {
  const edge = startFakeEdge();
  edge.script['hello'] = ({ i }) => ({
    ...{ t: 'hi', i, v: 1, sid: 's', u: 'u', now: 1_800_000_000_000, caps: [], gen: 'first' },
    lim: { frame: 16_384, text: 1_000, rooms: 500, idle: 60_000 },
  });
  storing(edge);
  await edge.connect();
  const { clientId } = await edge.client.room(room).send('hi');
  t.equal(Number.parseInt(clientId.replaceAll('-', '').slice(0, 12), 16), 1_800_000_000_000);
});

t.test('a connection cut in the middle of sends: all are stored once, in order, under their first ids', async (t) => {
  const edge = startFakeEdge();
  const log = storing(edge);
  await edge.connect();
  const store = edge.script['send'] as (frame: Frame) => Frame;
  const cut = new Set(['a', 'b', 'd']);
  edge.script['send'] = (frame, socket) => {
    const text = textsOf([frame])[0] as string;
    if (!cut.delete(text)) return store(frame);
    // Of two it was stored and the answer is lost, of `b` it was not.
    if (text !== 'b') store(frame);
    socket.end(1006);
    return undefined;
  };
  const texts = ['a', 'b', 'c', 'd'];
  const sent = Promise.all(texts.map((text) => edge.client.room(room).send(text)));
  await edge.clock.pass(10_000);
  t.same(
    (await sent).map(({ seq, duplicate }) => [seq, duplicate]),
    [
      [1, true],
      [2, false],
      [3, false],
      [4, true],
    ],
  );
  t.same(textsOf(log), texts);
  t.same(
    edge.sentOf('send').map((frame) => textsOf([frame])[0] + (frame['again'] === 1 ? ' again' : '')),
    ['a', 'a again', 'b', 'b again', 'c', 'd', 'd again'],
    'only what was sent before says so',
  );
});

t.test('one entry of a room is under way at a time, and rooms do not wait for each other', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const asked: Frame[] = [];
  edge.script['send'] = (frame) => {
    asked.push(frame);
    return undefined;
  };
  const sends = [
    edge.client.room(room).send('a1'),
    edge.client.room(room).send('a2'),
    edge.client.room(otherRoom).send('b1'),
  ];
  await settled();
  t.same(textsOf(asked), ['a1', 'b1']);
  for (let at = 0; at < asked.length; at++) {
    edge.socket().say(ok(asked[at] as Frame, { s: at, at: 1 }));
    await settled();
  }
  t.same(textsOf(asked), ['a1', 'b1', 'a2']);
  await Promise.all(sends);
});

t.test('of many rooms a bounded number is under way', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  for (let n = 0; n < 100; n++) edge.client.room(`room ${n}`).send('hi');
  await settled();
  t.equal(edge.sentOf('send').length, 32);
  edge.script['send'] = (frame) => ok(frame, { s: 1, at: 1 });
  for (const frame of edge.sentOf('send')) edge.socket().say(ok(frame, { s: 1, at: 1 }));
  await settled();
  t.same(edge.client.outbox(), []);
});

for (const code of ['unknown', 'unavailable', 'rate_limited', 'busy', 'slow_mode']) {
  t.test(`\`${code}\` is sent again after its time, before what follows`, async (t) => {
    const edge = startFakeEdge();
    await edge.connect();
    edge.script['send'] = (frame) => err(frame, code, 2_000);
    const both = Promise.all(['a', 'b'].map((text) => edge.client.room(room).send(text)));
    await settled();
    const log = storing(edge);
    await edge.clock.pass(1_999);
    t.equal(edge.sentOf('send').length, 1);
    await edge.clock.pass(1);
    await both;
    t.same(textsOf(log), ['a', 'b']);
    t.match(edge.sentOf('send')[1], { again: 1 });
    t.equal(new Set(edge.sentOf('send').map(({ c }) => c)).size, 2);
  });
}

t.test('what the server is too busy for holds back every room, what a room is short of only that', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const rooms = [room, otherRoom];
  for (const [code, others] of [
    ['rate_limited', []],
    ['unavailable', ['b']],
  ] as const) {
    edge.script['send'] = (frame) => err(frame, code, 1_000);
    const first = edge.client.room(rooms[0] as string).send('a');
    await settled();
    const log = storing(edge);
    const second = edge.client.room(rooms[1] as string).send('b');
    await settled();
    t.same(textsOf(log), others, code);
    await edge.clock.pass(1_000);
    await Promise.all([first, second]);
  }
});

t.test('of many rooms that the server is too busy for none goes before the longest time that it named', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const retries = [1_000, 5_000, 2_000];
  edge.script['send'] = (frame) => err(frame, 'busy', retries[Number(textsOf([frame])[0])]);
  const sends = Promise.all(retries.map((_, n) => edge.client.room(`room ${n}`).send(`${n}`)));
  await settled();
  const log = storing(edge);
  await edge.clock.pass(4_999);
  t.same([edge.sentOf('send').length, log.length], [retries.length, 0]);
  await edge.clock.pass(1);
  await sends;
  t.equal(log.length, retries.length);
});

t.test('no answer in time: sent again under the same id; a reconnect cuts a pause short', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  edge.script['send'] = (frame) => err(frame, 'unavailable', 60_000);
  const sending = edge.client.room(room).send('hi');
  await settled();
  storing(edge);
  edge.socket().end(1012);
  await edge.clock.pass(1_000);
  t.match(await sending, { seq: 1 });

  edge.script['send'] = () => undefined;
  const late = edge.client.room(room).send('late');
  await settled();
  storing(edge);
  await edge.clock.pass(9_000);
  edge.socket().say({ t: 'weather' });
  await edge.clock.pass(2_000);
  t.match(await late, { clientId: late.clientId });
  t.equal(edge.sockets.length, 2, 'the connection is alive');
});

t.test('what is refused for good is told once, and the next one goes', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const log = storing(edge);
  const store = edge.script['send'] as (frame: Frame) => Frame;
  edge.script['send'] = (frame) => (textsOf([frame])[0] === 'no' ? err(frame, 'conflict') : store(frame));
  const refused = edge.client.room(room).send('no');
  const next = edge.client.room(room).send('yes');
  await t.rejects(refused, { name: 'ChatError', code: 'conflict', message: 'it is conflict' });
  await next;
  t.same(textsOf(log), ['yes']);
  t.match(edge.toldOf('refused'), [{ room, clientId: refused.clientId, error: { code: 'conflict' } }]);
});

t.test('a frame above the announced limit is refused before it leaves, counted in bytes', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  t.equal(await codeOf(edge.client.room(room).send('가'.repeat(6_000))), 'too_large');
  t.equal(edge.sentOf('send').length, 0);
});

t.test('the outbox is bounded by count and by bytes', async (t) => {
  const edge = startFakeEdge({ outbox: { entries: 2, bytes: 1_000 } });
  const lobby = edge.client.room(room);
  const first = lobby.send('a');
  t.equal(await codeOf(lobby.send('가'.repeat(300))), 'busy', 'bytes');
  const second = lobby.send('b');
  t.equal(await codeOf(lobby.send('c')), 'busy', 'count');
  const log = storing(edge);
  await edge.connect();
  await Promise.all([first, second]);
  await lobby.send('d');
  t.same(textsOf(log), ['a', 'b', 'd'], 'and there is room again');
});

t.test('close rejects what waits: unknown where it may have happened', async (t) => {
  const edge = startFakeEdge();
  await edge.connect();
  const [asked, waiting] = ['a', 'b'].map((text) => codeOf(edge.client.room(room).send(text)));
  await settled();
  await edge.client.close();
  t.same([await asked, await waiting], ['unknown', 'unavailable']);
  t.equal(edge.clock.waiting, 0);
});

t.test('with a store, what was not settled is sent by the next client under the same ids, in order', async (t) => {
  const store = mapStore();
  const first = startFakeEdge({ store });
  await first.connect();
  const log = storing(first);
  // Stored, but the answer never comes; then the process is gone without a word.
  const answer = first.script['send'] as (frame: Frame) => Frame;
  first.script['send'] = (frame) => void answer(frame) as undefined;
  for (const text of ['a', 'b', 'c']) first.client.room(room).send(text);
  await settled();
  const ids = [...store.held.keys()];
  t.equal(ids.length, 3);

  const second = startFakeEdge({ store });
  second.script['send'] = (frame) => answer(frame);
  await second.clock.pass(5_000);
  const later = second.client.room(room).send('d');
  await second.connect();
  await later;
  t.same(textsOf(log), ['a', 'b', 'c', 'd']);
  t.same(
    second.sentOf('send').map(({ c, again }) => [c, again]),
    [...ids.map((id) => [id, 1]), [later.clientId, undefined]],
  );
  t.match(second.toldOf('sent'), [{ clientId: ids[0], seq: 1, duplicate: true }, { duplicate: false }, {}, {}]);
  await settled();
  t.equal(store.held.size, 0);
});

t.test('nothing is sent before the store has it', async (t) => {
  let saved = (): void => undefined;
  const store: OutboxStore = {
    ...mapStore(),
    save: ({ request }) =>
      request.t === 'send' && request.b.text === 'a'
        ? new Promise((resolve) => {
            saved = resolve;
          })
        : Promise.resolve(),
  };
  const edge = startFakeEdge({ store });
  const log = storing(edge);
  await edge.connect();
  const both = Promise.all(['a', 'b'].map((text) => edge.client.room(room).send(text)));
  await settled();
  t.same(log, [], 'nor does what follows overtake it');
  saved();
  await both;
  t.same(textsOf(log), ['a', 'b']);
});

t.test('a store that fails is no secret', async (t) => {
  const broken = new Error('quota');
  const failing = async (): Promise<never> => {
    throw broken;
  };
  const cannotSave = startFakeEdge({ store: { ...mapStore(), save: failing } });
  await cannotSave.connect();
  await t.rejects(cannotSave.client.room(room).send('hi'), { code: 'unavailable', cause: broken });
  t.equal(cannotSave.sentOf('send').length, 0);

  const cannotRemove = startFakeEdge({ store: { ...mapStore(), remove: failing } });
  storing(cannotRemove);
  await cannotRemove.connect();
  await cannotRemove.client.room(room).send('hi');
  await settled();
  t.match(cannotRemove.toldOf('error'), [{ error: { code: 'unavailable', cause: broken } }]);

  let loads = 0;
  const held = mapStore();
  const cannotLoad = startFakeEdge({ store: { ...held, load: () => (loads++ === 0 ? failing() : held.load()) } });
  await t.rejects(cannotLoad.client.connect(), { code: 'unavailable', cause: broken });
  await cannotLoad.connect();
  t.equal(cannotLoad.client.state(), 'live', 'asked again it may work');

  const hangs = startFakeEdge({ store: { ...mapStore(), save: () => new Promise(() => undefined) } });
  const never = codeOf(hangs.client.room(room).send('hi'));
  await hangs.clock.pass(10_000);
  t.equal(await never, 'unavailable', 'in bounded time');
});

t.test('what the application changes later is not what it sent', async (t) => {
  const edge = startFakeEdge();
  const log = storing(edge);
  await edge.connect();
  const custom: Record<string, unknown> = { n: 1 };
  const first = edge.client.room(room).send('a', { custom });
  custom['n'] = 2;
  const second = edge.client.room(room).send('b', { custom });
  custom['itself'] = custom;
  await Promise.all([first, second]);
  t.match(log, [{ b: { custom: { n: 1 } } }, { b: { custom: { n: 2 } } }]);
});

t.test('a socket that takes nothing has stored nothing', async (t) => {
  const edge = startFakeEdge();
  const log = storing(edge);
  await edge.connect();
  edge.socket().send = () => {
    throw new Error('not open');
  };
  const sending = edge.client.room(room).send('hi');
  edge.client.room(room).typing(true);
  await edge.clock.pass(1_000);
  t.equal((await sending).seq, 1);
  t.equal(edge.sockets.length, 2, 'by another socket');
  t.same(textsOf(log), ['hi']);
});

t.test('what a store saves behind its time is not sent after a reload', async (t) => {
  const store = mapStore();
  let saved = (): void => undefined;
  const late: OutboxStore = {
    ...store,
    save: (entry) =>
      new Promise((resolve) => {
        saved = () => resolve(store.save(entry));
      }),
  };
  const edge = startFakeEdge({ store: late });
  const refused = codeOf(edge.client.room(room).send('hi'));
  await edge.clock.pass(10_000);
  t.equal(await refused, 'unavailable');
  saved();
  await settled();
  t.equal(store.held.size, 0);
});

t.test('what is given while the store is loaded is there once', async (t) => {
  const store = mapStore();
  let load = (): void => undefined;
  const slow: OutboxStore = {
    ...store,
    load: () =>
      new Promise((resolve) => {
        load = () => resolve(store.load());
      }),
  };
  const edge = startFakeEdge({ store: slow });
  const log = storing(edge);
  const connecting = edge.client.connect();
  const sending = edge.client.room(room).send('hi');
  await settled();
  load();
  await connecting;
  await sending;
  t.same(textsOf(log), ['hi']);
  t.same(edge.client.outbox(), []);
});
