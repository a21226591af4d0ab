import type { OutboxRow } from '@gapless/shared/outbox';
import { silentLogger, systemClock } from '@gapless/shared/runtime';
import type { EventRow, RoomId } from '@gapless/shared/schema';
import { startMongo, until } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t, { type Test } from 'tap';
import { createEventWriter } from '../../src/event-writer.ts';
import { createMongoMessageStore } from '../../src/mongo-message-store.ts';
import type { Fetched } from '../../src/previews/fetch-page.ts';
import { createHosts } from '../../src/previews/hosts.ts';
import { createMongoPreviewJobs } from '../../src/previews/mongo-preview-jobs.ts';
import type { PreviewJobs } from '../../src/previews/preview-jobs.ts';
import { createPreviews } from '../../src/previews/previews.ts';
import { clientId, logged, message, room, user } from '../events.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url, { ignoreUndefined: true });
t.teardown(() => client.close());
const db = client.db('previews');
const outbox = db.collection<OutboxRow>('outbox');
const waiting = db.collection<{ _id: string; due: Date; tries: number }>('preview_jobs');
const jobs = createMongoPreviewJobs(db);
const store = createMongoMessageStore(db);
await Promise.all([jobs.prepare(), store.prepare()]);
t.beforeEach(async () => {
  for (const all of [outbox, waiting, db.collection<EventRow>('events')]) await all.deleteMany({});
});

const titled = (url: string): Fetched => ({ kind: 'page', html: `<title>of ${url}</title>` });

function setting(answer: (url: string) => Fetched, over: Partial<PreviewJobs> = {}) {
  const fetched: string[] = [];
  const dispatched: RoomId[] = [];
  let underWay = 0;
  const ended = <A extends unknown[]>(work: (...args: A) => Promise<void>) => {
    return (...args: A) => work(...args).finally(() => underWay--);
  };
  const { take, done, putBack } = { ...jobs, ...over };
  const counted = {
    take: async (ms: number) => {
      underWay++;
      const job = await take(ms);
      if (job === undefined) underWay--;
      return job;
    },
    done: ended(done),
    putBack: ended(putBack),
  };
  const previews = createPreviews({
    jobs: { ...jobs, ...counted },
    fetchPage: async (url) => {
      fetched.push(url);
      return answer(url);
    },
    hosts: { admit: () => true },
    dispatcher: { dispatch: async (of) => void dispatched.push(of) },
    clock: systemClock,
    logger: silentLogger(),
  });
  const write = createEventWriter({
    store,
    derived: [previews],
    deadLetters: { put: async () => undefined },
  });
  return {
    fetched,
    dispatched,
    write: (...events: Parameters<typeof write>[1][number][]) => write('ROOM_0', events, { patient: false }),
    /** Looks at everything that is due. */
    async look(t: Test): Promise<void> {
      const stopped = new AbortController();
      t.teardown(() => stopped.abort());
      let died: { readonly error: unknown } | undefined;
      const running = previews.run(stopped.signal).catch((error: unknown) => {
        died = { error };
      });
      const isDue = async () => (await waiting.countDocuments({ due: { $lte: new Date() } })) > 0;
      await until('nothing is due', async () => died !== undefined || (!(await isDue()) && underWay === 0));
      stopped.abort();
      await running;
      if (died !== undefined) throw died.error;
    },
  };
}

const says = (seq: number, text: string) => logged(seq, message(seq, text));
const changes = (seq: number, fields: object) =>
  logged(seq, { v: 1, r: room, u: user, at: 1_700_000_000_000 + seq, c: clientId(seq), ...fields });
const told = async () => (await outbox.find().sort({ _id: 1 }).toArray()).map(({ event }) => JSON.parse(event));

t.test('the first link of a message is told to its room once, however often it is written', async (t) => {
  const { write, look, fetched, dispatched } = setting(titled);
  const batch = [says(5, 'see https://a.test/x and https://b.test'), says(6, 'nothing')];
  await write(...batch);
  await write(...batch);
  await look(t);
  const url = 'https://a.test/x';
  t.match(await told(), [{ v: 1, t: 'link', r: room, u: user, m: 5, l: { url, title: `of ${url}` } }]);
  t.match(await outbox.findOne(), { _id: `link:${room}:5:5`, r: room });
  t.match(JSON.stringify((await told())[0]), /^\{"v":1,"t":"link",/, 'edges tell kinds apart by these bytes');
  t.same(fetched, [url]);
  t.same(dispatched, [room]);
  t.equal(await waiting.countDocuments(), 0);
  await write(changes(7, { t: 'link', m: 5, l: { url, title: 'T' }, c: undefined }), ...batch);
  await look(t);
  t.same(fetched, [url], 'what shows its preview is not looked at again');
});

t.test('a text that is gone by then is not looked at; one that came for it is', async (t) => {
  const { write, look, fetched } = setting(titled);
  await write(says(5, 'https://deleted.test'), says(6, 'https://before.test'), says(7, 'plain'));
  await write(changes(8, { t: 'del', m: 5 }), changes(9, { t: 'edit', m: 6, b: { text: 'https://after.test' } }));
  await write(changes(10, { t: 'edit', m: 7, b: { text: 'https://others.test' }, u: room }));
  await look(t);
  t.same(fetched, ['https://after.test/']);
  t.match(await told(), [{ m: 6, l: { title: 'of https://after.test/' } }]);
});

t.test('a page that cannot be read now is tried again later, and not for ever; one that is none never', async (t) => {
  const { write, look, fetched } = setting((url) => (url.includes('none') ? { kind: 'none' } : { kind: 'later' }));
  await write(says(5, 'https://none.test'), says(6, 'https://later.test'));
  await look(t);
  t.equal(await waiting.countDocuments(), 1);
  for (let n = 0; n < 5; n++) {
    await waiting.updateMany({}, { $set: { due: new Date(0) } });
    await look(t);
  }
  t.equal(await waiting.countDocuments(), 0);
  t.equal(fetched.filter((url) => url.includes('later')).length, 3);
  t.equal(fetched.filter((url) => url.includes('none')).length, 1);
  t.same(await told(), []);
});

t.test('who dies behind telling tells it under the same op', async (t) => {
  const dying = setting(titled, {
    done: async () => {
      throw new Error('died');
    },
  });
  await dying.write(says(5, 'https://a.test'));
  await t.rejects(dying.look(t), /died/);
  await waiting.updateMany({}, { $set: { due: new Date(0) } });
  const next = setting(titled);
  await next.look(t);
  t.same(next.fetched, ['https://a.test/']);
  t.equal(await outbox.countDocuments(), 1);
  t.equal(await waiting.countDocuments(), 0);
});

t.test('a job is nobody else’s within its lease, and jobs are found by their keys', async (t) => {
  await setting(titled).write(says(5, 'https://a.test'));
  t.match(await jobs.take(30_000), { message: 5, tries: 1 });
  t.equal(await jobs.take(30_000), undefined);
  const plan = await waiting
    .find({ due: { $lte: new Date() } })
    .sort({ due: 1 })
    .limit(1)
    .explain('queryPlanner');
  t.notMatch(JSON.stringify(plan['queryPlanner'].winningPlan), /COLLSCAN|"SORT"/);
});

t.test('one host is asked for a page at most once a second, and no more hosts than that are remembered', async (t) => {
  let now = 0;
  const hosts = createHosts(() => now);
  t.ok(hosts.admit('a.test'));
  t.notOk(hosts.admit('a.test'));
  t.ok(hosts.admit('b.test'));
  now = 1_000;
  t.ok(hosts.admit('a.test'));
  for (let n = 0; n < 2_000; n++) hosts.admit(`${n}.test`);
  t.ok(hosts.admit('a.test'), 'forgotten');
});
