import { MongoClient } from 'mongodb';
import t from 'tap';
import { createMongoEngine, freePort } from '../../src/local/index.ts';
import { connectPatiently, mongoUrlOf } from '../../src/outbox/index.ts';
import { silentLogger } from '../../src/runtime/index.ts';
import { engines, scratchFor } from '../../src/testing/index.ts';

const timeouts = { serverSelectionTimeoutMS: 300, connectTimeoutMS: 300 };

t.test('a MongoDB that comes after the service is found, though the first operations failed', async (t) => {
  const { mongod } = await engines();
  const mongo = createMongoEngine({ program: mongod.path, dir: scratchFor(t), port: await freePort() });
  const client = new MongoClient(mongo.url, timeouts);
  const stopped = new AbortController();
  t.teardown(async () => {
    stopped.abort();
    await client.close();
    await mongo.stop();
  });
  const connected = connectPatiently(client, { logger: silentLogger(), signal: stopped.signal });
  await t.rejects(client.db('test').command({ ping: 1 }), /ECONNREFUSED|Topology is closed/);
  await mongo.start();
  await connected;
  t.match(await client.db('test').command({ ping: 1 }), { ok: 1 });
});

t.test('whoever stops waiting is not held', async (t) => {
  const client = new MongoClient(`mongodb://127.0.0.1:${await freePort()}/?directConnection=true`, timeouts);
  const stopped = new AbortController();
  const connecting = connectPatiently(client, { logger: silentLogger(), signal: stopped.signal });
  stopped.abort();
  await client.close();
  await connecting;
  t.pass();
});

t.test('a connection string in a file is a secret: a weak password in it is refused', async (t) => {
  const of = (url: string) => mongoUrlOf({ mongoUrl: 'mongodb://local', mongoUrlFile: `${t.testdir({ url })}/url` });
  t.equal(mongoUrlOf({ mongoUrl: 'mongodb://local', mongoUrlFile: '' }), 'mongodb://local');
  t.equal(of('mongodb://m:27017/?replicaSet=rs0\n'), 'mongodb://m:27017/?replicaSet=rs0');
  const strong = 'mongodb://api:0123456789abcdef@m1:27017,m2:27017/?replicaSet=rs0';
  t.equal(of(strong), strong);
  t.throws(() => of('mongodb://api:hush@m:27017'), {
    name: 'ConfigError',
    message: /the password in .*url is too weak/,
  });
});
