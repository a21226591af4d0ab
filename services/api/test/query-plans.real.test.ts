import { createMongoMemberships, createMongoOutbox, createMongoRevocations } from '@gapless/shared/outbox';
import {
  eventRowId,
  type MessageEvent,
  newId,
  type OpId,
  type RoomId,
  reactionRowId,
  type UserId,
} from '@gapless/shared/schema';
import { authorGram, gramsOf, gramsVersion } from '@gapless/shared/search';
import { type ProfiledOperation, startMongo, watchQueryPlans } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t, { type Test } from 'tap';
import { type Answer, startApi } from './support/api.ts';
import { aPng, fetched, upload } from './support/uploads.ts';

/**
 * Every test of the api fails when a query reads a whole collection or sorts in memory (`support/api.ts`). Here there is so
 * much of everything that the server means its plans, and every reading route and command examines no more than a page needs.
 */
const messages = 20_000;
const members = 3_000;
const roomsOfUser = 400;
const reactedTo = 300;
const pageLimit = 20;
/** Less than the smallest of the above; as many as one user may have rooms, and a page with its reactions. */
const examinedAtMost = 600;
/** Each word of it is in half of the messages of the large room, and both in none. */
const soughtInVain = 'even odd';

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const db = api.mongo.db(api.config.mongoDatabase);
const nickname = 'planner';
const user = await api.signUp(nickname);
const room = await api.room(user);
const cursorAt = Math.floor(messages / 2);
const { body: file } = await upload(api, user, aPng(20, 20));
await fill();

async function insert(collection: string, count: number, row: (n: number) => object): Promise<void> {
  for (let from = 1; from <= count; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, count - from + 1) }, (_, n) => row(from + n));
    await db.collection(collection).insertMany(rows, { ordered: false });
  }
}

async function fill(): Promise<void> {
  const at = new Date();
  const others = Array.from({ length: members }, () => newId<UserId>());
  const memberOf = (r: RoomId, u: UserId, role: string) => {
    return { _id: `${r}:${u}`, r, u, role, ver: 3, jver: 3, since: 3, out: false, at };
  };
  await insert('events', messages, (s) => {
    const c = String(s).padStart(20, 'c') as MessageEvent['c'];
    const files = s === messages - 1 ? { files: [file] } : {};
    const event: MessageEvent = { v: 1, t: 'msg', r: room, u: user.id, at: s, c, b: { text: `${s}`, ...files } };
    return { _id: eventRowId(room, s), r: room, s, u: user.id, k: 'msg', c, at, ver: s, raw: JSON.stringify(event) };
  });
  await insert('files', messages, (n) => {
    return { _id: newId(), u: user.id, c: `c${n}`, state: 'ready', name: '', type: '', size: 1, at };
  });
  await insert('file_uses', messages, (n) => ({ _id: `${n}`, f: others[n % members], pub: `${n}` }));
  await insert('search', messages, (s) => {
    const g = [authorGram(user.id), ...gramsOf(s % 2 === 0 ? 'even' : 'odd', s % 1_000 === 0 ? 'rare' : '')];
    return { _id: eventRowId(room, s), r: room, s, at, g, ver: s, gv: gramsVersion };
  });
  await insert('reactions', reactedTo * 3, (n) => {
    const [m, u] = [messages - Math.floor((n - 1) / 3), others[n] as UserId];
    return { _id: reactionRowId(room, m, u, '👍'), r: room, m, u, e: '👍', on: true, ver: messages };
  });
  await insert('members', members - 1, (n) => memberOf(room, others[n] as UserId, 'member'));
  await db.collection<{ _id: string }>('rooms').updateOne({ _id: room }, { $set: { members, ver: members + 2 } });
  await insert('reads', members - 1, (n) => {
    return { _id: `${room}:${others[n]}`, r: room, u: others[n], recv: n, read: n, at };
  });
  const rooms = Array.from({ length: roomsOfUser }, () => newId<RoomId>());
  await insert('rooms', roomsOfUser, (n) => {
    return {
      _id: rooms[n - 1],
      kind: 'group',
      name: `${n}`,
      no: n + 1,
      members: 2,
      ver: 4,
      createdAt: at,
      by: user.id,
    };
  });
  await insert('members', roomsOfUser, (n) => memberOf(rooms[n - 1] as RoomId, user.id, 'member'));
  await insert('search', roomsOfUser * 5, (n) => {
    const r = rooms[n % roomsOfUser] as RoomId;
    return { _id: eventRowId(r, n), r, s: n, at, g: gramsOf('even odd rare'), ver: n, gv: gramsVersion };
  });
  await insert('members', roomsOfUser, (n) => memberOf(rooms[n - 1] as RoomId, others[n] as UserId, 'owner'));
  await db.collection<{ _id: string }>('users').updateOne({ _id: user.id }, { $set: { role: 'admin' } });
  await insert('reports', messages, (s) => {
    const [id, by] = [newId(), others[s % members]];
    return { _id: id, r: rooms[s % roomsOfUser], s, to: user.id, by, why: 'spam', at, open: s % 100 === 0 };
  });
  await db.collection<{ _id: string }>('watermarks').insertOne({ _id: 'ROOM_0', seq: messages } as { _id: string });
}

async function examined(t: Test, what: string, ask: () => Promise<Answer | unknown>): Promise<Answer> {
  await api.plans.operations();
  const answer = (await ask()) as Answer;
  for (const operation of await api.plans.operations()) {
    const read = Math.max(operation.docsExamined ?? 0, operation.keysExamined ?? 0);
    if (read > examinedAtMost) t.fail(`${what} examines ${read}: ${wordsOf(operation)}`);
  }
  return answer;
}

const wordsOf = ({ ns, planSummary, command }: ProfiledOperation) =>
  `${ns}: ${planSummary} ${JSON.stringify(command['filter'] ?? command['pipeline']).slice(0, 300)}`;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: { readonly type?: string; readonly enum?: readonly unknown[]; readonly minimum?: number };
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
}

/** Whose answer is a file. */
const served = new Set(['files.content', 'images.content']);

/** What a route is asked with; `undefined` is left out. */
const values: Readonly<Record<string, string | number | undefined>> = {
  room,
  user: user.id,
  file: file.id,
  sequence: messages - 1,
  message: messages - 1,
  before: cursorAt,
  after: cursorAt,
  around: cursorAt,
  limit: pageLimit,
  number: 1,
  nickname,
  email: user.email,
  emoji: encodeURIComponent('👍'),
  cursor: undefined,
  q: soughtInVain.replace(' ', '%20'),
  from: user.id,
};

const sampleOf = ({ name, schema }: Parameter) =>
  name in values ? values[name] : (schema.enum?.[0] ?? (schema.type === 'integer' ? (schema.minimum ?? 1) : undefined));

t.test('every route that reads examines no more than its page, on each of the first pages', async (t) => {
  const { body } = await api.get('/openapi.json');
  const paths = body.paths as Record<string, { get?: Operation }>;
  const routes = Object.entries(paths)
    .flatMap(([path, { get }]) => (get === undefined ? [] : [{ path, ...get }]))
    .filter(({ operationId }) => !served.has(operationId));
  t.ok(routes.length >= 6, `${routes.length} routes`);
  for (const { path, parameters = [] } of routes) {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) => {
      const value = values[name];
      if (value === undefined) t.fail(`${path}: no value for ${name}, give one in this test`);
      return String(value);
    });
    const optional = parameters.filter((parameter) => parameter.in === 'query' && parameter.name !== 'limit');
    const limit = parameters.some(({ name }) => name === 'limit') ? `limit=${pageLimit}` : '';
    const queries = optional.flatMap((parameter) => {
      const value = sampleOf(parameter);
      return value === undefined ? [] : [`${limit}&${parameter.name}=${value}`];
    });
    const answers = [];
    for (const query of [limit, ...queries]) answers.push(await readPages(t, filled, query, optional));
    t.ok(answers.includes(200), `${path} answers ${answers}, at least once with what it is asked for`);
  }
});

/** As far as the third page, where there are more; resolves with the status of the last one. */
async function readPages(t: Test, path: string, query: string, optional: readonly Parameter[]): Promise<number> {
  const onward =
    optional.find(({ name }) => name === (query.includes('after=') ? 'after' : 'before'))?.name ?? 'cursor';
  let asked = `${path}?${query}`;
  for (let page = 1; ; page++) {
    const { status, body } = await examined(t, asked, () => api.get(asked, user.token));
    if (status !== 200 || body?.next === undefined || page === 3) return status;
    t.ok(body.items.length <= pageLimit, `${asked}: ${body.items.length} items`);
    asked = `${path}?${query.replace(/&(before|after)=\d+/, '')}&${onward}=${body.next}`;
  }
}

t.test('so does whoever is served a file or an image', async (t) => {
  const { body: shown } = await api.request('PATCH', '/v1/me', user.token, { imageFile: file.id });
  const { body: link } = await api.get(`/v1/files/${file.id}/link`, user.token);
  for (const url of [shown.image, link.url]) {
    const { status } = await examined(t, url, async () => ({ status: (await fetched(api, url)).status }));
    t.equal(status, 200, url);
  }
});

t.test(
  'a search that finds nothing of what is there says so after a bounded look, and goes on from where it was',
  async (t) => {
    for (const q of ['even%20odd', 'rare', 'even%20odd%20rare']) {
      let asked = `/v1/rooms/${room}/search?limit=${pageLimit}&q=${q}`;
      const { status, body } = await examined(t, asked, () => api.get(asked, user.token));
      t.equal(status, 200);
      if (q !== 'even%20odd') continue;
      t.match(body, { items: [] });
      t.ok(body.next < messages && body.next > 1, `${body.next}`);
      asked = `${asked}&before=${body.next}`;
      const { body: behind } = await examined(t, asked, () => api.get(asked, user.token));
      t.ok(behind.next < body.next);
    }
  },
);

t.test('so does every command by which edges read', async (t) => {
  const c = String(messages - 5).padStart(20, 'c');
  const asked = {
    'access.find': { u: user.id },
    'messages.find': { r: room, u: user.id, k: 'msg', c },
    'events.range': { r: room, after: cursorAt, before: messages, limit: 100 },
    'history.page': { u: user.id, r: room, after: cursorAt, limit: 50 },
    'reads.find': { w: [[user.id, [room]]] },
    'reads.crowds': { rs: [room] },
  };
  for (const [name, payload] of Object.entries(asked)) {
    const answer = await examined(t, name, () => api.bus.commands.call(name, payload));
    t.ok(answer, name);
  }
});

t.test('the place of an owner who leaves a large room is found by its index', async (t) => {
  const left = await examined(t, 'leaving', () => api.post(`/v1/rooms/${room}/leave`, undefined, user.token));
  t.equal(left.status, 204);
});

t.test("so does what a log worker reads of the api's collections", async (t) => {
  const client = new MongoClient(mongo.url, { appName: 'relay' });
  t.teardown(() => client.close());
  const own = client.db(db.databaseName);
  const outboxRows = 6_000;
  const at = new Date(0);
  await insert('outbox', outboxRows, (n) => ({
    _id: `op-${n}`,
    r: n % 10 === 0 ? room : newId(),
    ver: n,
    event: '',
    us: [],
    at,
  }));
  await insert('revocations', outboxRows, (n) => {
    return { _id: `user:${n}`, revocation: {}, until: new Date(Date.now() + 1e9), told: n > 10 };
  });
  const plans = await watchQueryPlans(own, 'relay');
  const outbox = createMongoOutbox(own);
  t.equal((await outbox.waiting(room, 50)).length, 50);
  t.ok((await outbox.oldestAgeMs()) > 0);
  t.equal((await outbox.leftBehind({ olderThanMs: 1_000, limit: 20, except: [] })).length, 20);
  await outbox.lease(room, 'me', 1_000);
  await outbox.release(room, 'me');
  t.equal(await outbox.has('op-7' as OpId), true);
  const memberships = createMongoMemberships(own);
  t.equal(Object.keys(await memberships.of(user.id)).length, roomsOfUser);
  t.ok((await memberships.users(undefined)).length > 0);
  await memberships.landed({ v: 1, t: 'mem', op: 'join', r: room, u: user.id, at: 1, us: [user.id], ver: 2 }, 3);
  const revocations = createMongoRevocations(own);
  t.equal((await revocations.untold(100)).length, 10);
  t.equal((await revocations.page(undefined)).length, 1_000);
  t.strictSame(await plans.scansAndSorts(), []);
  for (const operation of await plans.operations()) {
    const read = Math.max(operation.docsExamined ?? 0, operation.keysExamined ?? 0);
    // Whole pages of members and of the outbox: bounded, and more than what a user asks for.
    if (read > 5_001) t.fail(`${read}: ${wordsOf(operation)}`);
  }
});

t.test('what scans or sorts is noticed', async (t) => {
  const client = new MongoClient(mongo.url, { appName: 'careless' });
  t.teardown(() => client.close());
  const plans = await watchQueryPlans(client.db(db.databaseName), 'careless');
  const careless = client.db(db.databaseName).collection('members');
  await careless.find({ role: 'owner' }).limit(10).toArray();
  await careless.find({ r: room, out: false }).sort({ ver: 1 }).limit(1).toArray();
  await careless.find({ r: room, out: false }).sort({ u: 1 }).limit(1).toArray();
  const bad = await plans.scansAndSorts();
  t.equal(bad.length, 2);
  t.match(bad[0], /COLLSCAN/);
  t.match(bad[1], /a sort/);
});
