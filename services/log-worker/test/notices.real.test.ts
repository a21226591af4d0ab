import type { OutboxRow } from '@gapless/shared/outbox';
import { createLogger } from '@gapless/shared/runtime';
import { type NoticeId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { createMongoNotices } from '../src/mongo-notices.ts';
import { createNotices } from '../src/notices.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url, { ignoreUndefined: true });
t.teardown(() => client.close());
const db = client.db('notices');
const outbox = db.collection<OutboxRow>('outbox');
const insert = (collection: string, row: { readonly _id: string }) =>
  db.collection<{ _id: string }>(collection).insertOne(row);

t.test('a notice is for those who were there and may log in, each once', async (t) => {
  const jobs = createMongoNotices(db);
  await jobs.prepare();
  const person = (at: number, off?: true) => {
    const _id = newId<UserId>(at);
    const named = { nick: _id, nickKey: _id, ...(off === undefined ? {} : { off }) };
    return insert('users', { _id, ...named } as never).then(() => _id);
  };
  const sentAt = Date.now() + 60_000;
  const here = [await person(sentAt - 3), await person(sentAt - 1)];
  const gone = await person(sentAt - 2, true);
  const later = await person(sentAt + 5_000);
  const tellAll = async (over: object, of: number) => {
    const _id = newId<NoticeId>(of);
    const said = { text: 'at noon', by: 'user:x', u: here[0], at: new Date(), upTo: '', told: 0, waits: true };
    await insert('notices', { _id, ...said, ...over } as never);
    const told: UserId[] = [];
    for (let next = await jobs.tellSome(1); next !== undefined; next = await jobs.tellSome(1)) told.push(...next);
    t.match(await db.collection<{ _id: string }>('notices').findOne({ _id }), { told: told.length, waits: undefined });
    return told;
  };
  t.same(await tellAll({}, sentAt), here);
  t.same(await tellAll({ us: [...here, gone].sort() }, sentAt), here);
  const r = newId<RoomId>();
  for (const u of [...here, gone]) await insert('members', { _id: `${r}:${u}`, r, u, out: false } as never);
  t.same(await tellAll({ r }, sentAt), here);
  t.equal(await outbox.countDocuments({ r: { $in: [gone, later] as never } }), 0);
});

t.test('notices wait while the outbox is full', async (t) => {
  const stopped = new AbortController();
  let asked = 0;
  const notices = createNotices({
    jobs: { tellSome: async () => t.fail('nothing is added') as never },
    outbox: {
      count: async () => {
        asked++;
        stopped.abort();
        return 2_000;
      },
    },
    alerted: () => undefined,
    logger: createLogger('test', 'fatal'),
  });
  await notices.run(stopped.signal);
  t.equal(asked, 1);
});
