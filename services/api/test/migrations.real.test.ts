import { silentLogger } from '@gapless/shared/runtime';
import { newId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { migrate } from '../src/repositories/migrations.ts';

const mongo = await startMongo(t);

t.test('accounts from before get the looks of their nicknames, and where two look alike both stay', async (t) => {
  const client = new MongoClient(mongo.url);
  t.teardown(() => client.close());
  const db = client.db(`test-${newId()}`);
  const users = db.collection<{ _id: string; nick: string; look?: string }>('users');
  const [first, second, third] = [newId(1), newId(2), newId(3)];
  const row = (_id: string, nick: string) => ({ _id, nick, nickKey: nick, email: `${_id}@example.org` });
  await users.insertMany([row(first, 'раураӏ'), row(second, 'paypal'), row(third, 'ada')]);
  await migrate(db, silentLogger());
  await migrate(db, silentLogger());
  const looks = new Map((await users.find().toArray()).map(({ _id, look }) => [_id, look]));
  t.same([looks.get(first), looks.get(second), looks.get(third)], ['paypal', undefined, 'ada']);
});
