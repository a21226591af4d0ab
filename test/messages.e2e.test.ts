import type { LocalProgram } from '@gapless/shared/local';
import type { RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { type Person, roomOf, signUp } from './actors/person.ts';
import { openDatabase, rowsOf } from './actors/record.ts';
import { settle } from './actors/sender.ts';
import { connect, type Frame, newClientId, type Socket } from './actors/socket.ts';
import { aSystem, urlsOf } from './actors/system.ts';

const system = await aSystem(t, { settings: { 'log-worker': { batchEvents: 7 } } });
const urls = urlsOf(system);
const db = await openDatabase(t, system);
const [alice, bob, eve] = [await signUp(system.api.url), await signUp(system.api.url), await signUp(system.api.url)];
const pair = async (): Promise<[Socket, Socket]> => [
  await connect(urls[0] as string, alice),
  await connect(urls[1] as string, bob),
];

interface Item {
  readonly sequence: number;
  readonly body: { readonly text: string };
  readonly thread?: number;
  readonly replies?: { readonly count: number; readonly last: { readonly sequence: number }; readonly users: string[] };
}

const read = async <T>(person: Person, path: string): Promise<T> => {
  const { status, body } = await person.get<T>(`/v1/rooms/${path}`);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return body;
};

/** What a killed worker had open in MongoDB holds its successor up for some ten seconds. */
const takeOverMs = 45_000;

async function written(room: RoomId): Promise<void> {
  const isWritten = async () => {
    const mark = await db.collection<{ _id: string; seq: number }>('watermarks').findOne({ _id: 'ROOM_0' });
    const head = await read<{ items: Item[] }>(alice, `${room}/messages?limit=1`);
    return (mark?.seq ?? 0) >= (head.items[0]?.sequence ?? 0);
  };
  await until('all of it in MongoDB', isWritten, takeOverMs);
}

const call = async (socket: Socket, m: string, p: object): Promise<Frame> => socket.request({ t: 'call', m, p });

t.test(
  'what is counted of a thread is what was acknowledged, while the worker dies and when all is written',
  async (t) => {
    const room = (await roomOf(alice, bob)).id;
    const roots: number[] = [];
    for (const text of ['one', 'two', 'three']) {
      const sent = await alice.post<Item>(`/v1/rooms/${room}/messages`, { body: { text } });
      t.equal(sent.status, 201);
      roots.push(sent.body.sequence);
    }
    const live = new Map<number, { root: number; user: string }>();
    const chat = async (person: Person, edges: readonly string[]) => {
      for (let n = 0; n < 30; n++) {
        const re = roots[n % roots.length] as number;
        const sent = await settle(person, edges, { t: 'send', r: room, c: newClientId(), re, b: { text: `${n}` } });
        const m = sent['s'] as number;
        live.set(m, { root: re, user: person.id });
        if (n % 4 !== 0) continue;
        await settle(person, edges, { t: 'del', r: room, c: newClientId(), m });
        live.delete(m);
      }
    };
    const killing = async (program: LocalProgram) => {
      for (let n = 0; n < 3; n++) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await program.kill9();
        await program.start();
      }
    };
    await Promise.all([chat(alice, urls), chat(bob, urls.toReversed()), killing(system.workers[0] as LocalProgram)]);
    const expected = roots.map((root) => [root, [...live.values()].filter((answer) => answer.root === root).length]);
    const counted = async (path: string) => {
      const { items } = await read<{ items: Item[] }>(bob, path);
      return items
        .filter(({ sequence }) => roots.includes(sequence))
        .map(({ sequence, replies }) => [sequence, replies?.count ?? 0])
        .sort((a, b) => (a[0] as number) - (b[0] as number));
    };
    for (const when of ['at once', 'written']) {
      t.same(await counted(`${room}/messages?limit=100`), expected, `in history, ${when}`);
      t.same(await counted(`${room}/threads`), expected, `in the list of threads, ${when}`);
      for (const root of roots) {
        const { items } = await read<{ items: (Item & { deleted?: true })[] }>(
          bob,
          `${room}/messages/${root}/thread?limit=100`,
        );
        const shown = items.filter(({ deleted }) => deleted === undefined).map(({ sequence }) => sequence);
        const own = [...live].filter(([, answer]) => answer.root === root).map(([seq]) => seq);
        t.same(
          shown.toSorted((a, b) => a - b),
          own.toSorted((a, b) => a - b),
          `the thread itself, ${when}`,
        );
      }
      await written(room);
    }
    const [socket] = await pair();
    const page = await socket.request({ t: 'hist', r: room, around: roots[1], n: 4 });
    const items = page['ev'] as { s: number; th?: { n: number } }[];
    t.equal(items.find(({ s }) => s === roots[1])?.th?.n, expected[1]?.[1], 'and on a socket');
  },
);

t.test('a body comes back as it was sent: live, from the log, from MongoDB and after an edit', async (t) => {
  const room = (await roomOf(alice, bob)).id;
  const [ann, ben] = await pair();
  const quoted = (await ann.send(room, 'quoted'))['s'] as number;
  const custom = { z: [1, { '👍': 'é' }], 'a key': null, n: 0.1, big: 1e21 };
  const body = { text: 'مرحبا 👩‍👩‍👧‍👦', custom, quote: quoted };
  const { s } = await ann.request({ t: 'send', r: room, c: newClientId(), b: body });
  await ben.until('the message', (socket) => socket.events(room).some((event) => event.s === s));
  const live = ben.events(room).find((event) => event.s === s);
  t.equal(JSON.stringify(live?.['b']), JSON.stringify(body));
  const shown = async () => (await read<Item>(bob, `${room}/messages/${s}`)).body;
  t.equal(JSON.stringify(await shown()), JSON.stringify(body));
  await ann.request({ t: 'edit', r: room, m: s, c: newClientId(), b: { text: 'edited' } });
  t.equal(JSON.stringify(await shown()), JSON.stringify({ ...body, text: 'edited' }));
  await written(room);
  t.equal(JSON.stringify(await shown()), JSON.stringify({ ...body, text: 'edited' }));
  const row = (await rowsOf(db, room)).find((one) => one.s === s);
  t.equal(JSON.stringify(JSON.parse(row?.raw ?? '').b), JSON.stringify(body));
});

t.test('pins: over REST and sockets, live on both edges, and gone with the message', async (t) => {
  const room = (await roomOf(alice, bob)).id;
  const [ann, ben] = await pair();
  const [first, second] = [(await ben.send(room, 'first'))['s'], (await ben.send(room, 'second'))['s']] as number[];
  t.match(await call(ben, 'messages.pin', { room, sequence: first }), { t: 'err', code: 'forbidden' });
  const clientId = newClientId();
  const pinned = await call(ann, 'messages.pin', { room, sequence: first, clientId });
  t.match(pinned, { t: 'ok', res: { sequence: Number } });
  t.match(await call(ann, 'messages.pin', { room, sequence: first, clientId }), { res: { duplicate: true } });
  t.equal((await alice.ask('PUT', `/v1/rooms/${room}/pins/${second}`)).status, 200);
  await ben.until('both pins', (socket) => socket.events(room).filter((event) => event.t === 'pin').length === 2);
  t.match(
    ben.events(room).filter((event) => event.t === 'pin'),
    [{ m: first, on: 1, u: alice.id }, { m: second }],
  );
  const pins = async () =>
    (await read<{ items: { message: Item }[] }>(bob, `${room}/pins`)).items.map(({ message }) => message.sequence);
  for (const _ of ['at once', 'written']) {
    t.same(await pins(), [second, first]);
    await ben.send(room, 'more');
    await written(room);
  }
  await ben.request({ t: 'del', r: room, m: first, c: newClientId() });
  t.same(await pins(), [second]);
  await ben.send(room, 'more');
  await written(room);
  t.same(await pins(), [second]);
});

t.test('a whisper reaches the two and nobody else, once for its id, over both doors', async (t) => {
  const room = (await roomOf(alice, bob, eve)).id;
  const [ann] = await pair();
  const c = newClientId();
  const whisper = { t: 'whisper', to: bob.id, c, b: { text: 'psst' }, r: room };
  const sent = await ann.request(whisper);
  t.match(sent, { t: 'ok', s: Number, r: String });
  const direct = sent['r'] as RoomId;
  t.match(await ann.request({ ...whisper, again: 1 }), { s: sent['s'], dup: 1, r: direct });
  t.match(await ann.request({ ...whisper, b: { text: 'other' } }), { code: 'conflict' });
  const rest = await alice.post('/v1/whispers', { user: bob.id, body: { text: 'psst' }, room, clientId: c });
  t.match(rest.body, { room: direct, sequence: sent['s'], duplicate: true });
  const [, ben] = await pair();
  const eves = await connect(urls[1] as string, eve);
  const back = await ben.request({
    t: 'whisper',
    to: alice.id,
    c: newClientId(),
    b: { text: 'what?', quote: sent['s'] },
  });
  t.equal(back['r'], direct);
  await ben.until('his own', (socket) => socket.events(direct).some((event) => event.s === back['s']));
  const { items } = await read<{ items: (Item & { whisperedIn?: string })[] }>(bob, `${direct}/messages`);
  t.match(items, [{ body: { text: 'what?' } }, { body: { text: 'psst' }, whisperedIn: room }]);
  t.equal((await eve.get(`/v1/rooms/${direct}/messages`)).status, 404);
  t.match(await eves.request({ t: 'hist', r: direct }), { t: 'err', code: 'not_member' });
  t.same(eves.events(direct), []);
  const stranger = await signUp(system.api.url);
  t.match(await ann.request({ ...whisper, c: newClientId(), to: stranger.id }), { code: 'not_found' });
});

t.test('search finds what is said in Korean at once, and follows an edit and a deletion', async (t) => {
  const room = (await roomOf(alice, bob)).id;
  const send = async (text: string) => {
    const sent = await alice.post<Item>(`/v1/rooms/${room}/messages`, { body: { text } });
    return sent.body.sequence;
  };
  const texts = async (person: Person, path: string): Promise<[number, string][]> => {
    const { items } = (await person.get<{ items: { sequence: number; text: string }[] }>(path)).body;
    return items.map(({ sequence, text }) => [sequence, text]);
  };
  const [sent, other] = [await send('내일 서울역에서 만나요'), await send('저는 서울이 아니에요')];
  const found = (person: Person, q: string) => texts(person, `/v1/rooms/${room}/search?q=${encodeURIComponent(q)}`);
  const everywhere = (person: Person, q: string) => texts(person, `/v1/search/messages?q=${encodeURIComponent(q)}`);
  t.same(await found(bob, '서울'), [
    [other, '저는 서울이 아니에요'],
    [sent, '내일 서울역에서 만나요'],
  ]);
  await until('all rooms know of it', async () => (await everywhere(bob, '서울')).length === 2);
  t.same(await everywhere(eve, '서울'), []);
  const own = await connect(urls[1] as string, alice);
  await own.request({ t: 'edit', r: room, m: sent, c: newClientId(), b: { text: '내일 부산에서 만나요' } });
  await own.request({ t: 'del', r: room, m: other, c: newClientId() });
  for (const search of [found, everywhere]) t.same(await search(bob, '서울'), [], 'at once');
  t.same(await found(bob, '부산'), [[sent, '내일 부산에서 만나요']]);
  await written(room);
  await until('and everywhere', async () => (await everywhere(bob, '부산')).length === 1);
  const device = await connect(urls[0] as string, bob);
  const { res } = await call(device, 'messages.search', { room, q: '부산' });
  t.match(res, { items: [{ sequence: sent, highlights: [[3, 2]] }] });
});
