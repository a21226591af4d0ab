import { startMongo } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { createMongoInstallation } from '../src/mongo-installation.ts';
import { createMongoStreamLeases } from '../src/mongo-stream-lease.ts';
import type { StreamLease } from '../src/stream-lease.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url);
t.teardown(() => client.close());
const db = client.db('leases');
const worker = (holder: string, leaseMs = 1_500) => createMongoStreamLeases(db, { holder, leaseMs });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function held(lease: StreamLease | undefined): StreamLease {
  if (lease === undefined) throw new Error('not taken');
  return lease;
}

t.test('one of many gets a stream, and each its own', async (t) => {
  const workers = Array.from({ length: 10 }, (_, n) => worker(`w${n}`));
  const taken = await Promise.all(workers.map((each) => each.take('A')));
  t.equal(taken.filter((lease) => lease !== undefined).length, 1);
  t.ok(await worker('other').take('B'));
});

t.test('renewed it stays, ended it goes to the next, with the next epoch', async (t) => {
  const first = held(await worker('a').take('C'));
  await sleep(900);
  await first.renew(5);
  await sleep(900);
  t.equal(await worker('b').take('C'), undefined);
  await sleep(900);
  const second = held(await worker('b').take('C'));
  t.equal(second.epoch, first.epoch + 1);
  t.equal((await worker('b').record('C')).high, 5);
});

t.test('a holder that slept through its lease cannot do anything any more', async (t) => {
  const first = held(await worker('a').take('D'));
  await first.advance(10);
  await sleep(1_700);
  const second = held(await worker('b').take('D'));
  await second.trust('made', 10);
  const late = [first.advance(99), first.renew(99), first.trust('x', 99), first.distrust(), first.release()];
  const outcomes = await Promise.allSettled(late);
  for (const outcome of outcomes) t.match(outcome, { status: 'rejected', reason: { name: 'Deposed' } });
  t.same(await worker('c').record('D'), { seq: 10, high: 10, created: 'made' });
  await second.advance(11);
  t.equal((await worker('c').record('D')).seq, 11);
});

t.test('a holder whose lease ended but was not taken goes on', async (t) => {
  const lease = held(await worker('a', 50).take('E'));
  await sleep(100);
  await lease.advance(3);
  await lease.renew(3);
  t.equal(await worker('b').take('E'), undefined);
});

t.test('given back, the next one need not wait', async (t) => {
  const first = held(await worker('a', 60_000).take('F'));
  await first.release();
  t.ok(await worker('b').take('F'));
});

t.test('the watermark and what was given never go back', async (t) => {
  const leases = worker('a');
  const lease = held(await leases.take('G'));
  await lease.advance(10);
  await lease.advance(4);
  await leases.note('G', 20);
  await leases.note('G', 15);
  t.same(await leases.record('G'), { seq: 10, high: 20, created: '' });
  t.same(await leases.record('unheard of'), { seq: 0, high: 0, created: '' });
});

t.test('an installation has one generation, whoever asks first', async (t) => {
  const asked = await Promise.all(Array.from({ length: 10 }, () => createMongoInstallation(db).generation()));
  t.equal(new Set(asked).size, 1);
  t.match(asked[0], /^[0-9a-z]{26}$/);
});

t.test('a MongoDB that was put back shows at the next write, and the lease goes on from there', async (t) => {
  const lease = held(await worker('a').take('S'));
  const rows = db.collection<{ _id: string }>('watermarks');
  await lease.advance(10);
  const backup = await rows.findOne({ _id: 'S' });
  await lease.advance(30);
  await rows.replaceOne({ _id: 'S' }, { ...backup });
  const writes = [lease.renew(30), lease.advance(40), lease.trust('x', 40)];
  for (const outcome of await Promise.allSettled(writes)) {
    t.match(outcome, { status: 'rejected', reason: { name: 'SetBack', message: /up to 10, and knew it up to 30/ } });
  }
  t.equal((await worker('c').record('S')).seq, 10, 'nothing moved');
  t.equal(await lease.position(), 10);
  await lease.advance(12);
  await lease.renew(30);
  t.match(await worker('c').record('S'), { seq: 12, high: 30 });
});

t.test('search has a mark of its own, behind the watermark and moved from where it is', async (t) => {
  const rows = db.collection<{ _id: string; searched?: number }>('watermarks');
  const row = { seq: 7, high: 7, epoch: 1, holder: 'older', until: new Date(0), created: '' };
  await rows.insertOne({ _id: 'M', ...row } as { _id: string });
  const first = held(await worker('a').take('M'));
  t.equal(await first.searched(), 7, 'what was written before there was a mark was projected with it');
  await first.advance(20);
  await first.moveSearched(7, 15);
  await t.rejects(first.moveSearched(15, 21), { name: 'SetBack' }, 'never beyond the watermark');
  await t.rejects(first.moveSearched(7, 18), { name: 'SetBack' }, 'nor by who believes it elsewhere');
  await first.trust('made', 30);
  t.equal(await first.searched(), 15, 'what is written is to be projected');
  await first.moveSearched(15, 30);
  await first.trust('made anew', 50);
  t.equal(await first.searched(), 50, 'numbers that were never given are not');
  t.match(await worker('b').record('M'), { seq: 50, high: 50, created: 'made anew' });
  await first.release();
  const second = held(await worker('b').take('M'));
  t.equal(await second.searched(), 50);
  await t.rejects(first.moveSearched(50, 50), { name: 'Deposed' });
  await t.rejects(first.searched(), { name: 'Deposed' });
});

t.test('holes are kept, the newest of them', async (t) => {
  const lease = held(await worker('a').take('H'));
  for (let n = 1; n <= 25; n++) await lease.noteHole(n * 10, n * 10 + 4);
  const row = await db.collection<{ _id: string; holes?: object[] }>('watermarks').findOne({ _id: 'H' });
  t.equal(row?.holes?.length, 20);
  t.match(row?.holes?.at(-1), { from: 250, to: 254, at: Date });
});
