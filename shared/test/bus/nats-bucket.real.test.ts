import { connect } from '@nats-io/transport-node';
import t from 'tap';
import { createNatsBucket } from '../../src/bus/nats-bucket.ts';
import { newId, type UserId } from '../../src/schema/index.ts';
import { connectTestBus, startNats } from '../../src/testing/index.ts';

t.test('what rights rest on is asked of the leader, once: a replica may not know yet', async (t) => {
  const nats = await startNats(t);
  const bus = await connectTestBus(t, nats.url);
  const spy = await connect({ servers: nats.url });
  t.teardown(() => spy.close());
  const user = newId<UserId>();
  t.equal(await bus.access.read(user), undefined, 'without a bucket');
  await bus.access.write(user, {}, 0);
  const asked: string[] = [];
  for (const subject of ['$JS.API.STREAM.MSG.GET.KV_ACL', '$JS.API.DIRECT.GET.KV_ACL.>', '$JS.API.DIRECT.GET.KV_ACL'])
    spy.subscribe(subject, { callback: (_, message) => void asked.push(message.subject) });
  await spy.flush();
  t.strictSame((await bus.access.read(user))?.rooms, {});
  t.equal(await bus.access.read(newId<UserId>()), undefined, 'nobody');
  await spy.flush();
  t.strictSame(asked, ['$JS.API.STREAM.MSG.GET.KV_ACL', '$JS.API.STREAM.MSG.GET.KV_ACL']);
});

t.test('a storm of readers is answered, a part at a time', async (t) => {
  const server = await startNats(t);
  const nats = await connect({ servers: server.url });
  t.teardown(() => nats.close());
  const request = nats.request.bind(nats);
  let [asking, most] = [0, 0];
  nats.request = async (...question) => {
    most = Math.max(most, ++asking);
    return request(...question).finally(() => asking--);
  };
  const bucket = createNatsBucket({ nats, name: 'ACL', replicas: 1, isAway: () => false });
  const user = newId<UserId>();
  await bucket.write(user, {}, 0);
  const entries = await Promise.all(Array.from({ length: 2_000 }, () => bucket.read(user)));
  t.ok(entries.every((entry) => entry !== undefined));
  t.equal(most, 128);
  t.equal(asking, 0);
});
