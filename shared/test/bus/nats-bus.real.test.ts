import t from 'tap';
import { subjects } from '../../src/bus/index.ts';
import type { Failure } from '../../src/errors/index.ts';
import { inboxOf, newId, type RoomId, type UserId } from '../../src/schema/index.ts';
import { connectTestBus, startNats, until } from '../../src/testing/index.ts';
import { aMessage, busContract } from './bus-contract.ts';

const kindOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'none',
    (failure: Failure) => failure.kind,
  );

t.test('keeps the contract', async (t) => {
  const nats = await startNats(t);
  busContract(t, (t) => connectTestBus(t, nats.url));
});

t.test('keeps the contract over eight streams', async (t) => {
  const nats = await startNats(t);
  const room = newId<RoomId>();
  const bus = await connectTestBus(t, nats.url, { settings: { roomStreams: 8 } });
  const rooms = Array.from({ length: 50 }, () => newId<RoomId>());
  await Promise.all([room, ...rooms].map((one, n) => bus.log.append(aMessage(one, n))));
  t.equal((await bus.log.heads(rooms)).size, 50);
  const used = await Promise.all(bus.streams.names.map((name) => bus.streams.state(name)));
  t.ok(used.filter((state) => (state?.last ?? 0) > 0).length > 4, 'the rooms are spread');
});

t.test(
  'a read says how much its replica has behind it, be it cut by the number asked for or by its size',
  async (t) => {
    const nats = await startNats(t);
    const { log } = await connectTestBus(t, nats.url);
    const room = newId<RoomId>();
    for (let n = 0; n < 90; n++) await log.append({ ...aMessage(room, n), bytes: new Uint8Array(50_000) });
    const [few, most] = [await log.readRoom(room, 0, 10), await log.readRoom(room, 0, 1_000)];
    t.same([few.length, few.at(-1)?.pending], [10, 80]);
    t.ok(most.length < 90, `${most.length} of 4.5 MB`);
    t.equal(most.at(-1)?.pending, 90 - most.length);
    t.equal((await log.readRoom(room, most.at(-1)?.seq ?? 0, 1_000)).at(-1)?.pending, 0);
  },
);

t.test('a change that nobody is there to make did not happen; one that is not answered may have', async (t) => {
  const nats = await startNats(t);
  const bus = await connectTestBus(t, nats.url);
  const serving = bus.commands.serve('slow', () => new Promise((resolve) => setTimeout(resolve, 1_000)));
  t.equal(await kindOf(bus.commands.change('slow', {}, 100)), 'fate_unknown');
  t.equal(await kindOf(bus.commands.call('slow', {}, 100)), 'store_unavailable', 'who only asked may ask again');
  serving.stop();
  t.equal(await kindOf(bus.commands.change('nobody', {}, 2_000)), 'store_unavailable');
});

t.test('an answer that no message of the bus holds is refused, and its server serves on', async (t) => {
  const nats = await startNats(t);
  const bus = await connectTestBus(t, nats.url);
  bus.commands.serve('much', async (n) => 'x'.repeat(Number(n)));
  const failure = await bus.commands.call('much', 2_000_000).catch((error: Failure) => error);
  t.match(failure, { kind: 'body_too_large', code: 'too_large' });
  t.equal(await bus.commands.call('much', 3), 'xxx');
});

t.test(
  'a killed server: refused while it is away, nothing acknowledged is lost, nothing is stored twice',
  async (t) => {
    const nats = await startNats(t);
    const bus = await connectTestBus(t, nats.url, { settings: { ackTimeoutMs: 300, appendDeadlineMs: 10_000 } });
    const rooms = Array.from({ length: 20 }, () => newId<RoomId>());
    let interruptions = 0;
    const hearing = bus.interruptions(() => void interruptions++);
    const following = await bus.streams.follow('ROOM_0', { from: 1 });
    const followed: number[] = [];
    const reading = (async () => {
      for await (const { seq } of following) followed.push(seq);
    })();
    const answers = rooms.flatMap((room) => Array.from({ length: 50 }, (_, n) => bus.log.append(aMessage(room, n))));
    await Promise.race(answers);
    await nats.kill9();
    await until('the bus notices', () => bus.obstacles().length > 0);
    t.equal(await kindOf(bus.log.append(aMessage(rooms[0] as RoomId, 999))), 'log_unavailable');
    await nats.start();
    const settled = await Promise.allSettled(answers);
    const acknowledged = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value.seq] : []));
    t.ok(acknowledged.length > 0);
    const stored = (await Promise.all(rooms.map((room) => bus.log.readRoom(room, 0, 1_000)))).flat();
    const seqs = new Set(stored.map(({ seq }) => seq));
    t.strictSame(
      acknowledged.filter((seq) => !seqs.has(seq)),
      [],
      'every acknowledged event is there',
    );
    t.equal(new Set(stored.map(({ id }) => id)).size, stored.length, 'none twice');
    for (const room of rooms) {
      const ids = stored.filter((event) => event.room === room).map(({ id }) => id);
      t.strictSame(ids, [...ids].sort(), 'in the order of sending');
    }
    await bus.log.append(aMessage(rooms[0] as RoomId, 1_000));
    await until('the follower has all', () => followed.length > stored.length);
    t.strictSame(
      followed,
      [...followed].sort((a, b) => a - b),
      'and in order',
    );
    t.ok(
      interruptions >= 2,
      'who listens live is told to look: behind the reconnect and when the stream is vouched for',
    );
    hearing.stop();
    following.stop();
    await reading;
  },
);

t.test('a full log refuses new events, knows old ones, and takes more after a trim', async (t) => {
  const nats = await startNats(t);
  const bus = await connectTestBus(t, nats.url, { settings: { streamMaxBytes: 64 * 1024 } });
  const room = newId<RoomId>();
  let n = 0;
  let failure = 'none';
  for (; failure === 'none' && n < 1_000; n++) failure = await kindOf(bus.log.append(aMessage(room, n)));
  t.equal(failure, 'log_full');
  t.ok((await bus.log.append(aMessage(room, 0))).duplicate);
  await bus.streams.trim('ROOM_0', 50);
  t.notOk((await bus.log.append(aMessage(room, n - 1))).duplicate, 'the refused one was not remembered');
});

t.test('a stream that is made anew takes no event under a number that was given before', async (t) => {
  const nats = await startNats(t);
  const held = { created: '', floor: 0, gen: 'g' };
  const bus = await connectTestBus(t, nats.url, { settings: { ackTimeoutMs: 200, appendDeadlineMs: 1_500 } });
  const room = newId<RoomId>();
  const edge = await connectTestBus(t, nats.url, {
    settings: { ackTimeoutMs: 200, appendDeadlineMs: 1_500 },
    deps: {
      vouch: async () => {
        const state = await bus.streams.state('ROOM_0');
        if (state === undefined || (held.created !== '' && held.created !== state.created)) throw new Error('set back');
        held.created = state.created;
        return { created: state.created, floor: state.last, gen: 'g' };
      },
    },
  });
  for (let n = 0; n < 100; n++) await edge.log.append(aMessage(room, n));
  const admin = await connectTestBus(t, nats.url);
  await deleteStream(nats.url, 'ROOM_0');
  await admin.streams.ensure('ROOM_0', 1);
  t.equal(await kindOf(edge.log.append(aMessage(room, 500))), 'fate_unknown', 'stored under 1, never acknowledged');
  t.ok(edge.obstacles().length > 0);
});

t.test(
  'a stream from before there were inboxes takes them once it is brought up to date, and loses nothing',
  async (t) => {
    const nats = await startNats(t);
    const { connect } = await import('@nats-io/transport-node');
    const { jetstreamManager } = await import('@nats-io/jetstream');
    const admin = await connect({ servers: nats.url });
    t.teardown(() => admin.close());
    await (await jetstreamManager(admin)).streams.add({
      name: 'ROOM_0',
      subjects: ['room.*.*'],
      max_bytes: 2 ** 24,
      allow_direct: true,
      republish: { src: 'room.*.*', dest: 'live.room.{{wildcard(1)}}.{{wildcard(2)}}.log' },
    });
    const [room, inbox] = [newId<RoomId>(), inboxOf(newId<UserId>())];
    admin.publish(subjects.room(room), aMessage(room, 1).bytes);
    await admin.flush();
    const bus = await connectTestBus(t, nats.url);
    await bus.streams.ensure('ROOM_0', 1);
    const heard: string[] = [];
    for (const one of [room, inbox]) {
      await bus.live.follow(one, {
        event: (seq, prev) => void heard.push(`${one} ${seq} ${prev}`),
        signal: () => undefined,
      });
    }
    await bus.log.append(aMessage(room, 2));
    await bus.log.append({ ...aMessage(room, 3), room: inbox });
    await until('both to be heard', () => heard.length === 2);
    t.strictSame(heard, [`${room} 2 1`, `${inbox} 3 0`]);
    t.equal((await bus.log.readRoom(room, 0, 10)).length, 2);
  },
);

async function deleteStream(url: string, stream: string): Promise<void> {
  const { connect } = await import('@nats-io/transport-node');
  const { jetstreamManager } = await import('@nats-io/jetstream');
  const nats = await connect({ servers: url });
  await (await jetstreamManager(nats)).streams.delete(stream);
  await nats.close();
}

t.test(
  'who follows the revocations is not current while NATS is away, and hears what he missed before he is',
  async (t) => {
    const nats = await startNats(t);
    const [bus, other] = [await connectTestBus(t, nats.url), await connectTestBus(t, nats.url)];
    const heard: string[] = [];
    const following = bus.revocations.follow({ revoked: (one) => void heard.push(one.user) });
    t.teardown(following.stop);
    await until('it is current', following.isCurrent);
    await nats.kill9();
    await until('it is not', () => !following.isCurrent());
    await nats.start();
    const user = newId<UserId>();
    const revocation = { kind: 'user', user, epoch: 1, until: Date.now() + 60_000 } as const;
    const publish = () =>
      other.revocations.publish(revocation).then(
        () => true,
        () => false,
      );
    await until('it is stored', publish);
    const behind = following.interruptions;
    await until('it is current again', () => following.isCurrent() && following.interruptions >= behind);
    t.ok(behind > 0);
    await until('it has heard', () => heard.includes(user));
    await deleteStream(nats.url, 'REVOKE');
    await other.revocations.ensure();
    const late = newId<UserId>();
    await other.revocations.publish({ ...revocation, user: late });
    await until('another stream is read from its beginning', () => heard.includes(late) && following.isCurrent());
  },
);
