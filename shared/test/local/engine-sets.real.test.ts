import { MongoClient } from 'mongodb';
import t from 'tap';
import { createMongods, createNatsServers, freePorts } from '../../src/local/index.ts';
import { connectTestBus, engines, scratchFor, until } from '../../src/testing/index.ts';

t.test('three NATS servers are a cluster that keeps three copies of a stream', async (t) => {
  const { natsServer } = await engines();
  const dir = scratchFor(t);
  const [ports, routePorts] = [await freePorts(3), await freePorts(3)];
  const servers = createNatsServers({ program: natsServer.path, dir, ports, routePorts });
  t.teardown(() => Promise.all(servers.map((server) => server.stop())).then(() => undefined));
  await Promise.all(servers.map((server) => server.start()));
  const [first, ...others] = servers.map(({ url }) => url) as [string, ...string[]];
  const bus = await connectTestBus(t, first, { settings: { natsUrls: [first, ...others], streamReplicas: 3 } });
  t.match(await bus.streams.state('ROOM_0'), { last: 0 });
  await servers[0]?.kill9();
  const answers = () =>
    bus.streams.state('ROOM_0').then(
      (state) => state !== undefined,
      () => false,
    );
  await until('the other two to lead it', answers, 60_000);
});

t.test('three mongods are one replica set, which elects another primary', async (t) => {
  const { mongod } = await engines();
  const { mongods, url } = createMongods({ program: mongod.path, dir: scratchFor(t), ports: await freePorts(3) });
  t.teardown(() => Promise.all(mongods.map((one) => one.stop())).then(() => undefined));
  await Promise.all(mongods.map((one) => one.start()));
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 30_000 });
  t.teardown(() => client.close());
  const { primary } = await client.db('admin').command({ hello: 1 });
  await mongods.find(({ port }) => String(primary).endsWith(`:${port}`))?.kill9();
  const rows = client.db('test').collection('rows');
  const write = () => rows.insertOne({}, { writeConcern: { w: 'majority' } });
  await until(
    'another primary to take a write',
    () =>
      write().then(
        () => true,
        () => false,
      ),
    60_000,
  );
});
