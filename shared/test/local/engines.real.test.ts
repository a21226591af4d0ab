import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { loadConfig } from '../../src/config/index.ts';
import {
  createMongoEngine,
  createNatsEngine,
  createScratchDir,
  findEngines,
  freePorts,
  type NatsEngine,
} from '../../src/local/index.ts';
import { withDeadline } from '../../src/runtime/index.ts';

const engines = await findEngines(loadConfig('launcher'));
const scratch = createScratchDir();
t.teardown(() => scratch.remove());
const [natsPort = 0, mongoPort = 0, movedPort = 0] = await freePorts(3);

async function lastStored({ url }: NatsEngine): Promise<number> {
  const connection = await connect({ servers: url });
  const info = await (await jetstreamManager(connection)).streams.info('KEPT');
  await connection.close();
  return info.state.last_seq;
}

t.test('a NATS server keeps its address and its store over a kill', async (t) => {
  const nats = createNatsEngine({ program: engines.natsServer.path, dir: `${scratch.path}/nats`, port: natsPort });
  await nats.start();
  t.teardown(() => nats.stop());
  const connection = await connect({ servers: nats.url });
  await (await jetstreamManager(connection)).streams.add({ name: 'KEPT', subjects: ['kept.*'] });
  for (let n = 0; n < 10; n++) await jetstream(connection).publish('kept.x', String(n));
  await connection.close();
  await nats.kill9();
  t.equal(nats.running(), false);
  await t.rejects(connect({ servers: nats.url, reconnect: false, timeout: 500 }));
  await nats.restart();
  t.equal(await lastStored(nats), 10);

  nats.pause();
  await t.rejects(withDeadline('asking', 500, connect({ servers: nats.url, timeout: 400 })));
  nats.resume();
  t.equal(await lastStored(nats), 10, 'it goes on after a pause');
});

t.test('a MongoDB replica set keeps its data over a kill, and when it moves to another port', async (t) => {
  const options = { program: engines.mongod.path, dir: `${scratch.path}/mongo` };
  const mongo = createMongoEngine({ ...options, port: mongoPort });
  await mongo.start();
  const client = new MongoClient(mongo.url);
  const session = client.startSession();
  await session.withTransaction(() => client.db('x').collection('kept').insertOne({ n: 1 }, { session }));
  await session.endSession();
  const limit = { getParameter: 1, transactionLifetimeLimitSeconds: 1 };
  t.match(await client.db('admin').command(limit), { transactionLifetimeLimitSeconds: 10 });
  await client.close();
  await mongo.kill9();
  await mongo.restart();
  await mongo.stop();

  const moved = createMongoEngine({ ...options, port: movedPort });
  await moved.start();
  t.teardown(() => moved.stop());
  const again = new MongoClient(moved.url);
  t.teardown(() => again.close());
  t.match(await again.db('x').collection('kept').findOne({}), { n: 1 });
});
