import { decodeEvent } from '@gapless/shared/bus';
import { eventRowId, type RoomId, type SearchRow } from '@gapless/shared/schema';
import { authorGram, gramsOf, gramsVersion } from '@gapless/shared/search';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { addRoomGrams } from '../src/repositories/room-grams.ts';
import type { Answer, TestUser } from './support/api.ts';
import { key, startTalk } from './support/talk.ts';

const mongo = await startMongo(t);
const { api, db, owner, ann, bob, stranger, aRoom, say, rest, write, mark } = await startTalk(t, mongo.url);

/** What the log worker does with all that is there. */
async function project(room: RoomId): Promise<void> {
  await write(room);
  const now = new Map<number, Pick<SearchRow, 'at' | 'ver'> & { u: TestUser['id']; text?: string; ed?: Date }>();
  const logged = await api.bus.log.readRoom(room, 1, 1_000);
  for (const { seq, bytes } of logged) {
    const event = decodeEvent(bytes);
    if (event.t === 'msg') now.set(seq, { at: new Date(event.at), u: event.u, ver: seq, text: event.b.text });
    const was = event.t === 'edit' || event.t === 'del' ? now.get(event.m) : undefined;
    if (was === undefined) continue;
    if (event.t === 'edit') Object.assign(was, { text: event.b.text, ver: seq, ed: new Date(event.at) });
    else if (event.t === 'del') delete Object.assign(was, { ver: seq }).text;
  }
  for (const [s, { at, u, ver, text, ed }] of now) {
    const _id = eventRowId(room, s);
    const changed =
      text === undefined
        ? { $set: { del: true, ver }, $unset: { cur: '' } }
        : { $set: { cur: { text }, ver, ...(ed && { ed }) } };
    await db.collection<{ _id: string }>('events').updateOne({ _id }, changed as object);
    const g = text === undefined ? [] : [authorGram(u), ...gramsOf(text)];
    await db
      .collection<SearchRow>('search')
      .replaceOne({ _id }, { r: room, s, at, g, ver, gv: gramsVersion }, { upsert: true });
  }
  await mark(logged.at(-1)?.seq ?? 0);
}

const asked = (query: object) => new URLSearchParams(query as Record<string, string>).toString();
const inRoom = (room: string, query: object, user = ann) => rest(room).get(`/search?${asked(query)}`, user);
const inMine = (query: object, user = ann) => api.get(`/v1/search/messages?${asked(query)}`, user.token);
const found = ({ body }: Answer) => (body.items as { sequence: number }[]).map(({ sequence }) => sequence);

async function walked(first: Answer, next: (cursor: string) => Promise<Answer>): Promise<number[]> {
  const all = found(first);
  for (let page = first; page.body.next !== undefined; ) {
    page = await next(String(page.body.next));
    all.push(...found(page));
  }
  return all;
}

t.test('in a room what is said is found, the newest first, written or not', async (t) => {
  const room = await aRoom(ann);
  const first = await say(owner, room, '내일 서울에서 만나요');
  await say(ann, room, 'no such word');
  await project(room);
  const second = await say(ann, room, '서울은 비가 와요');
  t.same(found(await inRoom(room, { q: '서울' })), [second, first], 'what was sent just now, too');
  await project(room);
  const { body } = await inRoom(room, { q: '서울' });
  t.match(body.items[1], { room, sequence: first, user: owner.id, text: '내일 서울에서 만나요', highlights: [[3, 2]] });
  t.ok(body.items[1].nickname);
  t.notOk(body.next);
  t.same(found(await inRoom(room, { q: '서울', from: owner.id })), [first]);
  t.same(found(await inRoom(room, { q: '서울', before: second })), [first]);
  t.same(found(await inRoom(room, { q: '서울', after: first })), [second]);
  t.same(found(await inRoom(room, { q: '서울 비' })), [second], 'all words');
  t.same(found(await inRoom(room, { q: '울서' })), []);
});

t.test('an edit is followed and a deletion, before they are written and after', async (t) => {
  const room = await aRoom(ann);
  const [kept, edited, gone] = [
    await say(ann, room, 'apple one'),
    await say(ann, room, 'apple two'),
    await say(ann, room, 'apple three'),
  ];
  await project(room);
  await rest(room).patch(edited, ann, { body: { text: 'banana two' }, clientId: key() });
  await rest(room).remove(`/messages/${gone}`);
  for (const when of ['unwritten', 'written']) {
    t.same(found(await inRoom(room, { q: 'apple' })), [kept], when);
    t.same(found(await inRoom(room, { q: 'banana' })), [edited], when);
    t.same(found(await inMine({ q: 'apple' })), [kept], when);
    await project(room);
  }
  const { body } = await inRoom(room, { q: 'banana' });
  t.ok(body.items[0].edited);
  t.same(found(await inMine({ q: 'banana' })), [edited]);
  t.same(found(await inMine({ q: 'three' })), []);
});

t.test('what is written and not projected yet is found in its room: messages, and what was edited', async (t) => {
  const room = await aRoom(ann);
  const edited = await say(ann, room, 'apple one');
  await project(room);
  const searched = (await api.bus.log.readRoom(room, 1, 1_000)).at(-1)?.seq ?? 0;
  const watermarks = db.collection<{ _id: string }>('watermarks');
  await watermarks.updateOne({ _id: 'ROOM_0' }, { $set: { searched } });
  t.teardown(() => watermarks.updateOne({ _id: 'ROOM_0' }, { $unset: { searched: '' } }));
  const fresh = await say(ann, room, 'cherry two');
  await rest(room).patch(edited, ann, { body: { text: 'cherry one' }, clientId: key() });
  const rows = await db.collection('search').find({ r: room }).toArray();
  await project(room);
  await db.collection('search').deleteMany({ r: room });
  await db.collection('search').insertMany(rows);
  t.same(found(await inRoom(room, { q: 'cherry' })), [fresh, edited]);
  t.same(found(await inRoom(room, { q: 'apple' })), []);
  t.same(found(await inMine({ q: 'cherry two' })), [], 'over all rooms it is found when it is projected');
});

t.test('page by page each is found once, also when half of them is not written', async (t) => {
  const room = await aRoom(ann);
  const sent: number[] = [];
  for (let n = 0; n < 12; n++) {
    sent.unshift(await say(n % 2 === 0 ? ann : owner, room, `말 ${n}`));
    if (n === 6) await project(room);
  }
  const first = await inRoom(room, { q: '말', limit: 5 });
  t.equal(first.body.items.length, 5);
  t.same(await walked(first, (before) => inRoom(room, { q: '말', limit: 5, before })), sent);
  await project(room);
  const own = { q: '말', limit: 1, from: owner.id };
  const owners = await walked(await inRoom(room, own), (before) => inRoom(room, { ...own, before }));
  t.equal(owners.length, 6);
});

t.test(
  'over my rooms the newest comes first, page by page, each once; of rooms that are not mine nothing',
  async (t) => {
    const rooms = [await aRoom(bob), await aRoom(bob), await aRoom(bob)];
    const foreign = await aRoom(ann);
    const sent: [string, number][] = [];
    for (let n = 0; n < 9; n++) {
      const room = rooms[n % 3] as RoomId;
      sent.unshift([room, await say(owner, room, `zebra ${n}`)]);
    }
    await say(owner, foreign, 'zebra elsewhere');
    const direct = await api.post('/v1/whispers', { user: bob.id, body: { text: 'zebra whispered' } }, owner.token);
    for (const room of [...rooms, foreign, direct.body.room]) await project(room);
    const places = ({ body }: Answer) =>
      body.items.map((hit: { room: string; sequence: number }) => [hit.room, hit.sequence]);
    const all: unknown[] = [];
    let page = await inMine({ q: 'zebra', limit: 4 }, bob);
    all.push(...places(page));
    while (page.body.next !== undefined) {
      page = await inMine({ q: 'zebra', limit: 4, cursor: page.body.next }, bob);
      all.push(...places(page));
    }
    t.same(all, [[direct.body.room, direct.body.sequence], ...sent]);
    t.match((await inMine({ q: 'zebra 8' }, bob)).body.items, [{ roomName: 'a room', text: 'zebra 8' }]);
    t.same(found(await inMine({ q: 'elsewhere' }, bob)), []);
    t.same(found(await inMine({ q: 'zebra' }, stranger)), []);
    await api.request('DELETE', `/v1/rooms/${rooms[0]}/members/${bob.id}`, owner.token);
    t.equal((await inMine({ q: 'zebra' }, bob)).body.items.length, 7, 'nor of one that I had to leave');
    t.match(await inRoom(rooms[0] as RoomId, { q: 'zebra' }, bob), { status: 403, body: { code: 'not_member' } });
  },
);

t.test('where members see their own times only, nothing tells that there was more', async (t) => {
  const { body } = await api.post('/v1/rooms', { name: 'Own times', history: 'joined' }, owner.token);
  for (let n = 0; n < 3; n++) await say(owner, body.id, 'secret plan');
  await api.post(`/v1/rooms/${body.id}/join`, {}, ann.token);
  const since = await say(owner, body.id, 'secret no more');
  const { seq } = (await api.bus.log.readRoom(body.id, 1, 1_000)).find(({ bytes }) => {
    const event = decodeEvent(bytes);
    return event.t === 'mem' && event.us.includes(ann.id);
  }) as { seq: number };
  await db.collection<{ _id: string }>('members').updateOne({ _id: `${body.id}:${ann.id}` }, { $set: { since: seq } });
  for (const when of ['unwritten', 'written']) {
    t.same((await inRoom(body.id, { q: 'secret', limit: 1 })).body, await onlyThat(), when);
    t.same((await inRoom(body.id, { q: 'plan' })).body, { items: [] }, when);
    await project(body.id);
  }
  async function onlyThat() {
    const { body: page } = await inRoom(body.id, { q: 'secret' });
    t.same(found({ body: page } as Answer), [since]);
    return page;
  }
  t.same((await inMine({ q: 'plan' })).body, { items: [] });
  t.same(found(await inMine({ q: 'secret' })), [since]);
});

t.test('what nobody can look for is refused, what means something elsewhere means nothing here', async (t) => {
  const room = await aRoom(ann);
  const odd = await say(ann, room, 'a.*b costs $where {"$gt":1} (x|y)* [[');
  await project(room);
  for (const q of ['', ' ', '\t\n', '???', '\u200b', 'x'.repeat(201), 'x '.repeat(5_000), '\0']) {
    for (const answer of [await inRoom(room, { q }), await inMine({ q })]) {
      t.match(answer, { status: 400, body: { code: 'bad_frame' } }, JSON.stringify(q.slice(0, 20)));
    }
  }
  const half = await api.get(`/v1/rooms/${room}/search?q=%ED%A0%80`, ann.token);
  t.ok(half.status === 400 || half.body.items.length === 0);
  for (const q of ['$where', 'a.*b', '{"$gt":1}', '(x|y)*']) t.same(found(await inRoom(room, { q })), [odd], q);
  for (const q of [
    '.*a',
    '$ne',
    'a'.repeat(200),
    '가'.repeat(200),
    Array.from({ length: 66 }, (_, n) => n).join(' '),
  ]) {
    t.same(found(await inRoom(room, { q })), [], q.slice(0, 20));
    t.equal((await inMine({ q })).status, 200);
  }
  for (const cursor of ['x', 'ROOM_0:1', 'AA']) {
    t.match(await inMine({ q: 'a', cursor }), { status: 400 });
  }
  t.match(await api.get(`/v1/rooms/${room}/search`, ann.token), { status: 400 });
});

t.test('rooms are found by words of name and topic: public groups, and private ones that I am in', async (t) => {
  const make = async (user: TestUser, fields: object): Promise<RoomId> =>
    (await api.post('/v1/rooms', fields, user.token)).body.id;
  const open = await make(owner, { name: '주말 등산 모임', topic: 'Bergsteigen für Anfänger' });
  const closed = await make(bob, { name: '등산 비밀 모임', visibility: 'private' });
  const other = await make(owner, { name: '낚시' });
  const ids = async (q: string, user: TestUser) =>
    (await api.get(`/v1/search/rooms?${asked({ q })}`, user.token)).body.items.map(({ id }: { id: string }) => id);
  t.same(await ids('등산', ann), [open]);
  t.same(await ids('등산', bob), [closed, open]);
  t.same(await ids('anfanger', ann), [open], 'by its topic');
  t.same(await ids('등산 낚시', ann), []);
  t.same(await ids('모임anfanger', ann), []);
  await api.request('PATCH', `/v1/rooms/${other}`, owner.token, { name: '등산과 낚시' });
  t.same(await ids('등산', ann), [other, open], 'what it is called now');
  await api.request('PUT', `/v1/rooms/${open}/archive`, owner.token);
  t.same(await ids('등산', ann), [other]);
  t.same(await ids('등산', owner), [other, open], 'an archived one for who is in');
  const [first, second] = [
    await make(owner, { name: 'pages of rooms' }),
    await make(owner, { name: 'pages of rooms' }),
  ];
  const page = await api.get(`/v1/search/rooms?${asked({ q: 'pages', limit: 1 })}`, ann.token);
  const next = await api.get(`/v1/search/rooms?${asked({ q: 'pages', limit: 1, cursor: page.body.next })}`, ann.token);
  t.match([page.body.items, next.body.items], [[{ id: second }], [{ id: first }]]);
  t.notOk(next.body.next);
  const { body } = await api.get(`/v1/search/rooms?${asked({ q: '비밀' })}`, bob.token);
  t.match(body.items, [{ id: closed, role: 'owner', unread: 0 }]);
  t.match(await api.get(`/v1/search/rooms?${asked({ q: '??' })}`, bob.token), { status: 400 });
});

t.test('groups of before get what they are found by', async (t) => {
  const { body } = await api.post('/v1/rooms', { name: 'Altes Haus' }, owner.token);
  for (const g of [undefined, ['a', 'al', 'alt']]) {
    await db.collection<{ _id: string }>('rooms').updateOne({ _id: body.id }, [g ? { $set: { g } } : { $unset: 'g' }]);
    t.same((await api.get('/v1/search/rooms?q=altes', ann.token)).body.items, []);
    await addRoomGrams(db);
    await addRoomGrams(db);
    for (const q of ['altes', 'a']) {
      const { body: found } = await api.get(`/v1/search/rooms?q=${q}`, ann.token);
      t.match(found.items, [{ id: body.id }]);
    }
  }
});
