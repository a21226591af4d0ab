import { createMemoryBus, type Heads, type LogStreams } from '@gapless/shared/bus';
import { silentLogger } from '@gapless/shared/runtime';
import { newId, type RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { createHeadsAnnouncer } from '../src/heads.ts';
import { createStreamMemory } from '../src/stream-memory.ts';
import { message, room } from './events.ts';

t.test('announces where the stream stands and its quiet rooms, without MongoDB, on a clock set back', async (t) => {
  const bus = createMemoryBus();
  const said: Heads[] = [];
  bus.heads.subscribe((heads) => said.push(heads));
  const memory = createStreamMemory();
  const stopped = new AbortController();
  let now = 3_600_000;
  const announcer = createHeadsAnnouncer({
    stream: 'ROOM_0',
    streams: bus.streams,
    channel: bus.heads,
    memory,
    intervalMs: 5,
    observed: () => undefined,
    clock: { now: () => now },
    logger: silentLogger(),
  });
  const running = announcer.run(stopped.signal);
  await until('an idle stream is announced', () => said.length > 0);
  t.match(said[0], { stream: 'ROOM_0', last: 0, durable: 0, w: [] });
  const bytes = new TextEncoder().encode(JSON.stringify(message(1)));
  await bus.log.append({ room, id: 'a', lane: 'a', bytes });
  await until('the event is seen', () => memory.seen === 1);
  t.equal(announcer.lag().events, 1);
  memory.persisted(1);
  now = 0;
  await until('the room is announced', () => said.filter(({ w }) => w.length > 0).length === 3);
  t.match(
    said.find(({ w }) => w.length > 0),
    { last: 1, w: [[room, 1]] },
  );
  await until('what is written is announced', () => said.at(-1)?.durable === 1);
  t.equal(announcer.lag().events, 0);
  stopped.abort();
  await running;
});

t.test('says how old it is while its follower is with the log, and nothing of that behind it', async (t) => {
  const bus = createMemoryBus();
  const said: Heads[] = [];
  bus.heads.subscribe((heads) => said.push(heads));
  let goOn: () => void = () => undefined;
  const stuck = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const follow: LogStreams['follow'] = async (...args) => {
    const following = await bus.streams.follow(...args);
    return {
      stop: following.stop,
      async *[Symbol.asyncIterator]() {
        await stuck;
        yield* following;
      },
    };
  };
  const memory = createStreamMemory();
  const stopped = new AbortController();
  const announcer = createHeadsAnnouncer({
    ...{ stream: 'ROOM_0', streams: { ...bus.streams, follow }, channel: bus.heads, memory, intervalMs: 50 },
    ...{ observed: () => undefined, clock: { now: () => 0 }, logger: silentLogger() },
  });
  const running = announcer.run(stopped.signal);
  const sayAgain = async (): Promise<Heads> => {
    const before = said.length;
    await until('two announcements', () => said.length >= before + 2);
    return said.at(-1) as Heads;
  };
  const age = (await sayAgain()).age ?? 0;
  t.ok(age >= 20, `${age} ms: an event of that time would not be told yet`);
  await bus.log.append({ room, id: 'a', lane: 'a', bytes: new TextEncoder().encode(JSON.stringify(message(1))) });
  memory.persisted(1);
  const { w, ...behind } = await sayAgain();
  t.same(
    [behind.last, behind.durable, behind.age, w],
    [1, 1, undefined, []],
    'written by others, and not followed here',
  );
  goOn();
  await until('the room is told', () => said.at(-1)?.w.length === 1);
  t.type(said.at(-1)?.age, 'number');
  stopped.abort();
  await running;
});

t.test('of rooms that take more than one message the last one says how old it is', async (t) => {
  const bus = createMemoryBus();
  const said: Heads[] = [];
  const stopped = new AbortController();
  const announcer = createHeadsAnnouncer({
    ...{ stream: 'ROOM_0', streams: bus.streams, channel: bus.heads, memory: createStreamMemory(), intervalMs: 5 },
    ...{ observed: () => undefined, clock: { now: () => 0 }, logger: silentLogger() },
  });
  bus.heads.subscribe((heads) => said.push(heads));
  const running = announcer.run(stopped.signal);
  await until('it follows', () => said.some(({ age }) => age !== undefined));
  for (let n = 1; n <= 501; n++) {
    const one = newId<RoomId>();
    const bytes = new TextEncoder().encode(JSON.stringify(message(n, 'hello', one)));
    await bus.log.append({ room: one, id: `${n}`, lane: 'a', bytes });
  }
  await until('all rooms at once', () => said.some(({ w }) => w.length === 500));
  const at = said.findIndex(({ w }) => w.length === 500);
  t.same([said[at]?.age, said[at + 1]?.w.length], [undefined, 1]);
  t.type(said[at + 1]?.age, 'number');
  stopped.abort();
  await running;
});

t.test('hands out every state with what was known before it was asked for', async (t) => {
  const bus = createMemoryBus();
  const memory = createStreamMemory();
  memory.see(7);
  const state: LogStreams['state'] = async (stream) => {
    const answer = await bus.streams.state(stream);
    memory.see(50);
    return answer;
  };
  const stopped = new AbortController();
  const seen: number[] = [];
  const announcer = createHeadsAnnouncer({
    stream: 'ROOM_0',
    streams: { ...bus.streams, state, follow: bus.streams.follow },
    channel: bus.heads,
    memory,
    intervalMs: 5,
    observed: (_, seenBefore) => seen.push(seenBefore),
    clock: { now: () => 0 },
    logger: silentLogger(),
  });
  const running = announcer.run(stopped.signal);
  await until('two states', () => seen.length > 1);
  t.same(seen.slice(0, 2), [7, 50]);
  stopped.abort();
  await running;
});
