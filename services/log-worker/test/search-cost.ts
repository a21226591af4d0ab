/** For benches: how fast a log worker writes with search behind it and without, in turns, and how fast search catches up. */
import type { LoggedEvent, StreamFollowing } from '@gapless/shared/bus';
import { silentLogger } from '@gapless/shared/runtime';
import { newId, type RoomId } from '@gapless/shared/schema';
import { type Db, MongoClient } from 'mongodb';
import { createConsume } from '../src/consume.ts';
import { createEventWriter } from '../src/event-writer.ts';
import { createMongoMessageStore } from '../src/mongo-message-store.ts';
import { createMongoSearchStore } from '../src/mongo-search-store.ts';
import { createMongoStreamLeases } from '../src/mongo-stream-lease.ts';
import { createSearchFollower } from '../src/search-follower.ts';
import { createSearchProjection } from '../src/search-projection.ts';
import { createStreamMemory } from '../src/stream-memory.ts';
import { clientId, logged, message } from './events.ts';

const rounds = 5;
const events = 12_000;
const rooms = 32;
const settings = { batchEvents: 1_000, batchWaitMs: 5, writeLanes: 4 };
const logger = silentLogger();

interface Rates {
  /** Events a second. */
  readonly writes: number;
  readonly caughtUp: number;
}

async function measure(url: string) {
  const client = new MongoClient(url, { ignoreUndefined: true });
  try {
    const db = client.db(`cost-${newId()}`);
    await createMongoMessageStore(db).prepare();
    for (const withSearch of [true, false]) await rate(db, withSearch);
    const measured = [];
    for (let n = 0; n < rounds; n++) {
      const { writes: withSearch, caughtUp } = await rate(db, true);
      measured.push({ withSearch, caughtUp, without: (await rate(db, false)).writes });
    }
    return measured;
  } finally {
    await client.close();
  }
}

/** Of a stream with a backlog, from its first event to its last. */
async function rate(db: Db, withSearch: boolean): Promise<Rates> {
  const stream = newId();
  const log = backlog();
  const streams = { follow: async (_: string, { from }: { from: number }) => following(log.slice(from - 1)) };
  const memory = createStreamMemory();
  memory.see(events);
  const lease = await createMongoStreamLeases(db, { holder: 'bench', leaseMs: 600_000 }).take(stream);
  if (lease === undefined) throw new Error('no lease');
  const store = createMongoMessageStore(db);
  const consume = createConsume({
    ...{ streams, settings, logger, prepare: async () => undefined },
    write: createEventWriter({ store, derived: [], deadLetters: { put: async () => undefined } }),
    persisted: (_, seq) => memory.persisted(seq),
    metrics: { wrote: () => undefined, holding: () => undefined },
  });
  const ended = new AbortController();
  const projection = createSearchProjection({ store: createMongoSearchStore(db), logger });
  const search = createSearchFollower({ streams, projection, memoryOf: () => memory, logger });
  const searching = withSearch ? search.follow(lease, ended.signal) : Promise.resolve();
  const begun = performance.now();
  await consume(lease, { from: 1, upTo: events }, ended.signal);
  const written = performance.now();
  const behind = search.lags()[0]?.[1] ?? 0;
  while ((search.lags()[0]?.[1] ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const caughtUp = (behind * 1e3) / (performance.now() - written);
  ended.abort();
  await searching;
  return { writes: (events * 1e3) / (written - begun), caughtUp };
}

function backlog(): LoggedEvent[] {
  const ids = Array.from({ length: rooms }, () => newId<RoomId>());
  return Array.from({ length: events }, (_, n) => {
    const room = ids[n % rooms] as RoomId;
    const content = message(n + 1, `내일 저녁 ${n}시에 서울역 앞에서 만나요 see you there`, room);
    return logged(n + 1, { ...content, c: clientId(n + 1) }, { room });
  });
}

/** Ends when it is told to, as that of a log does. */
function following(all: readonly LoggedEvent[]): StreamFollowing {
  const stopped = new AbortController();
  return {
    stop: () => stopped.abort(),
    async *[Symbol.asyncIterator]() {
      for (const event of all) {
        if (stopped.signal.aborted) return;
        yield event;
      }
      if (stopped.signal.aborted) return;
      await new Promise((resolve) => stopped.signal.addEventListener('abort', resolve, { once: true }));
    },
  };
}

process.on('message', ({ url }: { url: string }) => {
  measure(url).then(
    (measured) => process.send?.({ say: 'cost', rounds: measured }),
    (error: Error) => process.send?.({ say: 'failed', why: error.message }),
  );
});
process.once('disconnect', () => process.exit());
