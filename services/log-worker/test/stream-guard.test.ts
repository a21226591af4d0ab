import { type Bus, createMemoryBus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { silentLogger } from '@gapless/shared/runtime';
import t from 'tap';
import { createStreamGuard, type Drain } from '../src/stream-guard.ts';
import type { StreamLease, StreamRecord } from '../src/stream-lease.ts';
import { createStreamMemory } from '../src/stream-memory.ts';
import { jump } from '../src/verdict.ts';
import { logged, message, room } from './events.ts';

const stream = 'ROOM_0';
const never = new AbortController().signal;

/** One MongoDB record, and any number of workers that look at it. */
function installation(bus: Bus, start: Partial<StreamRecord> = {}) {
  let record: StreamRecord = { seq: 0, high: 0, created: '', ...start };
  const did: string[] = [];
  let away = false;
  const lease: StreamLease = {
    stream,
    epoch: 1,
    renew: async () => undefined,
    position: async () => record.seq,
    noteHole: async (from, to) => void did.push(`hole ${from}-${to}`),
    advance: async (seq) => {
      record = { ...record, seq, high: Math.max(record.high, seq) };
    },
    distrust: async () => {
      did.push('distrust');
      record = { ...record, created: '' };
    },
    trust: async (created, seq) => {
      did.push('trust');
      record = { created, seq: Math.max(record.seq, seq), high: Math.max(record.high, seq) };
    },
    searched: async () => record.seq,
    moveSearched: async () => undefined,
    release: async () => undefined,
  };
  const worker = (over: { rebuildAccess?: () => Promise<void>; streams?: Bus['streams']; draining?: Drain } = {}) => {
    const memory = createStreamMemory();
    const streams = over.streams ?? bus.streams;
    const guard = createStreamGuard({
      streams: {
        ...streams,
        skipTo: async (name, seq) => {
          did.push('skip');
          await streams.skipTo(name, seq);
        },
      },
      leases: {
        record: async () => {
          if (away) throw new Failure('store_unavailable');
          return record;
        },
        note: async (_, high) => {
          record = { ...record, high: Math.max(record.high, high) };
        },
      },
      installation: { generation: async () => 'gen' },
      memoryOf: () => memory,
      missing: (_, from, to) => void did.push(`missing ${from}-${to}`),
      rebuildAccess: async () => {
        did.push('rebuild');
        await over.rebuildAccess?.();
      },
      logger: silentLogger(),
      lookMs: 1,
    });
    const drained: number[] = [];
    const drain: Drain = async (upTo, signal) => {
      drained.push(upTo);
      await over.draining?.(upTo, signal);
      if (!signal.aborted) await lease.advance(upTo);
    };
    return { guard, memory, drained, secure: () => guard.secure(lease, drain, never) };
  };
  return {
    worker,
    did,
    lease,
    record: () => record,
    setAway: (value: boolean) => {
      away = value;
    },
  };
}

const kindOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: Failure) => error.kind,
  );

const append = async (bus: Bus, count: number) => {
  for (let n = 1; n <= count; n++) {
    await bus.log.append({ room, id: `${Math.random()}`, lane: 'a', bytes: logged(n, message(n)).bytes });
  }
};

/** What a lost, restored or newly made store looks like. */
function withStream(bus: Bus, state: { created: string; first: number; last: number } | undefined): Bus['streams'] {
  let current = state;
  return {
    ...bus.streams,
    state: async () => current && { ...current, bytes: 0, maxBytes: 1 },
    ensure: async (_, first) => {
      current ??= { created: 'made', first, last: first - 1 };
    },
    skipTo: async (_, seq) => {
      if (current !== undefined && current.last < seq) current = { ...current, first: seq, last: seq - 1 };
    },
  };
}

t.test('a new installation gets its stream from 1 and nobody vouches before it is named', async (t) => {
  const bus = createMemoryBus();
  const { worker, record, did } = installation(bus);
  const { guard, secure } = worker();
  t.equal(await kindOf(guard.vouch(stream)), 'log_unavailable');
  await secure();
  t.same(did, ['rebuild', 'trust']);
  const created = (await bus.streams.state(stream))?.created ?? '';
  t.same(record(), { seq: 0, high: 0, created });
  t.same(await guard.vouch(stream), { created, floor: 0, gen: 'gen' });
  await append(bus, 3);
  t.equal((await guard.vouch(stream)).floor, 3);
  t.equal(await kindOf(guard.vouch('ROOM_9')), 'invalid_request');
});

t.test('a lost stream is made anew far above, and access is rebuilt before anybody vouches', async (t) => {
  const bus = createMemoryBus();
  const { worker, record, did } = installation(bus, { created: 'old', seq: 40, high: 50 });
  const streams = withStream(bus, undefined);
  const standby = worker({ streams });
  let early: Promise<unknown> = Promise.resolve();
  const holder = worker({
    streams,
    rebuildAccess: async () => {
      early = standby.guard.vouch(stream).catch((error: Failure) => error.kind);
      await early;
    },
  });
  t.equal(await kindOf(standby.guard.vouch(stream)), 'log_unavailable');
  await holder.secure();
  t.equal(await early, 'log_unavailable');
  t.same(did, ['distrust', 'rebuild', 'trust']);
  t.same(record(), { created: 'made', seq: 49 + jump, high: 49 + jump });
  t.same(await standby.guard.vouch(stream), { created: 'made', floor: 49 + jump, gen: 'gen' });
});

t.test('a restored stream gives up what MongoDB lacks, then skips past all that was given', async (t) => {
  const bus = createMemoryBus();
  const { worker, record, did } = installation(bus, { created: 'same', seq: 100, high: 160 });
  const { secure, drained } = worker({ streams: withStream(bus, { created: 'same', first: 1, last: 130 }) });
  await secure();
  t.same(drained, [130]);
  t.same(did, ['distrust', 'skip', 'rebuild', 'trust']);
  t.equal(record().seq, 159 + jump);
});

t.test('what is drained may be exchanged meanwhile: the drain ends, and begins anew with what is there', async (t) => {
  const bus = createMemoryBus();
  const { worker, record, did } = installation(bus, { created: 'same', seq: 100, high: 160 });
  const restored = withStream(bus, { created: 'same', first: 1, last: 130 });
  const older = withStream(bus, { created: 'same', first: 1, last: 120 });
  let streams = restored;
  let looks = 0;
  const { secure, drained } = worker({
    streams: {
      ...bus.streams,
      state: async (name) => {
        // The log does not answer for a moment.
        if (streams === older && looks++ === 0) throw new Failure('log_unavailable');
        return streams.state(name);
      },
      ensure: (name, first) => streams.ensure(name, first),
      skipTo: (name, seq) => streams.skipTo(name, seq),
    },
    draining: async (upTo, signal) => {
      if (upTo === 120) return;
      streams = older;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
  });
  await secure();
  t.same(drained, [130, 120]);
  t.same(did, ['distrust', 'skip', 'rebuild', 'trust']);
  t.equal(record().seq, 159 + jump);
});

t.test('numbers that only this worker saw count as given', async (t) => {
  const bus = createMemoryBus();
  const { worker, record } = installation(bus, { created: 'same', seq: 100 });
  const { secure, memory } = worker({ streams: withStream(bus, { created: 'same', first: 1, last: 130 }) });
  memory.see(170);
  await secure();
  t.equal(record().seq, 169 + jump);
});

t.test('a standby that saw more than the holder makes it known', async (t) => {
  const bus = createMemoryBus();
  const { worker, record } = installation(bus, { created: 'same', seq: 100 });
  const streams = withStream(bus, { created: 'same', first: 1, last: 130 });
  const standby = worker({ streams });
  standby.memory.see(170);
  t.equal(await kindOf(standby.guard.vouch(stream)), 'log_unavailable');
  t.equal(record().high, 170);
  const holder = worker({ streams });
  t.equal(await kindOf(holder.guard.vouch(stream)), 'log_unavailable');
  await holder.secure();
  t.equal((await standby.guard.vouch(stream)).floor, 169 + jump);
});

t.test('one answer of a leader that is behind is not believed', async (t) => {
  const bus = createMemoryBus();
  const { worker, did } = installation(bus, { created: 'same', seq: 100 });
  const streams = withStream(bus, { created: 'same', first: 1, last: 100 });
  let stale = 2;
  const sometimes: Bus['streams'] = {
    ...streams,
    state: async (name) => {
      const state = await streams.state(name);
      return state !== undefined && stale-- > 0 ? { ...state, last: 90 } : state;
    },
  };
  await worker({ streams: sometimes }).secure();
  t.same(did, []);
});

t.test('a repair that broke off is done again by the next one, and harms nothing when it wakes up', async (t) => {
  const bus = createMemoryBus();
  const { worker, record, did } = installation(bus, { created: 'same', seq: 100 });
  const streams = withStream(bus, { created: 'same', first: 1, last: 90 });
  let wake: () => void = () => undefined;
  const sleeper = worker({
    streams: {
      ...streams,
      skipTo: async (name, seq) => {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        await streams.skipTo(name, seq);
      },
    },
  });
  const slept = sleeper.secure();
  while (!did.includes('skip')) await new Promise(setImmediate);
  await worker({ streams }).secure();
  const after = await streams.state(stream);
  t.equal(record().created, 'same');
  wake();
  await slept;
  t.same(await streams.state(stream), after);
});

t.test('while MongoDB is away a worker vouches for what it has seen as sound, and for nothing else', async (t) => {
  const bus = createMemoryBus();
  const { worker, setAway } = installation(bus);
  const { guard, secure, memory } = worker();
  await secure();
  await append(bus, 5);
  await guard.vouch(stream);
  memory.see(5);
  setAway(true);
  t.equal((await guard.vouch(stream)).floor, 5);
  memory.see(9);
  t.equal(await kindOf(guard.vouch(stream)), 'log_unavailable', 'set back');
  t.equal(await kindOf(worker().guard.vouch(stream)), 'store_unavailable', 'never saw it');
});

t.test('suspects a stream that is gone, another one, or below what was known', async (t) => {
  const bus = createMemoryBus();
  const { worker } = installation(bus);
  const { guard, secure } = worker();
  await secure();
  const state = await bus.streams.state(stream);
  if (state === undefined) return t.fail();
  t.equal(guard.isSuspect(stream, { ...state, last: 7 }, 7), false);
  t.equal(guard.isSuspect(stream, { ...state, last: 6 }, 7), true);
  t.equal(guard.isSuspect(stream, { ...state, created: 'x', last: 7 }, 7), true);
  t.equal(guard.isSuspect(stream, undefined, 7), true);
});

t.test(
  'a log that begins above the watermark of a MongoDB that was put back is told, for good and aloud',
  async (t) => {
    const bus = createMemoryBus();
    await append(bus, 50);
    const { created = '' } = (await bus.streams.state(stream)) ?? {};
    await bus.streams.trim(stream, 30);
    const { worker, did } = installation(bus, { seq: 20, high: 50, created });
    await worker().secure();
    t.same(did, ['hole 21-30', 'missing 21-30']);
    await bus.streams.trim(stream, 50);
    did.length = 0;
    await worker().secure();
    t.same(did, ['hole 21-50', 'missing 21-50'], 'also when nothing is left of it');
  },
);

t.test('a log that was trimmed below the watermark lacks nothing', async (t) => {
  const bus = createMemoryBus();
  await append(bus, 50);
  const { created = '' } = (await bus.streams.state(stream)) ?? {};
  await bus.streams.trim(stream, 30);
  const { worker, did } = installation(bus, { seq: 30, high: 50, created });
  await worker().secure();
  t.same(did, []);
});
