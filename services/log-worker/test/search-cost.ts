/** For benches: how many messages a second the log worker's writer brings into MongoDB, with search and without, in turns. */
import { eventRowId, newId, type RoomId } from '@gapless/shared/schema';
import { MongoClient } from 'mongodb';
import { createEventWriter } from '../src/event-writer.ts';
import { createMongoMessageStore } from '../src/mongo-message-store.ts';
import { createMongoSearchStore } from '../src/mongo-search-store.ts';
import { createSearchProjection } from '../src/search-projection.ts';
import { clientId, logged, message } from './events.ts';

const rounds = 5;
const batches = 12;
const batchEvents = 1_000;
const atOnce = 4;
const deadLetters = { put: async () => undefined };

async function measure(url: string): Promise<{ withSearch: number; without: number }[]> {
  const client = new MongoClient(url, { ignoreUndefined: true });
  try {
    const db = client.db(`cost-${newId()}`);
    const store = createMongoMessageStore(db);
    const projection = createSearchProjection({ store: createMongoSearchStore(db), logger: { warn: () => undefined } });
    await store.prepare();
    await projection.prepare();
    const withSearch = createEventWriter({ store, derived: [projection], deadLetters });
    const without = createEventWriter({ store, derived: [], deadLetters });
    let seq = 0;
    const rate = async (write: typeof without): Promise<number> => {
      const begun = performance.now();
      let left = batches;
      const lane = async () => {
        const room = newId<RoomId>();
        while (left-- > 0) {
          seq += batchEvents;
          await write('ROOM_0', aBatch(room, seq), { patient: false });
        }
      };
      await Promise.all(Array.from({ length: atOnce }, lane));
      return (batches * batchEvents * 1e3) / (performance.now() - begun);
    };
    for (const write of [withSearch, without]) await rate(write);
    const measured = [];
    for (let n = 0; n < rounds; n++)
      measured.push({ withSearch: await rate(withSearch), without: await rate(without) });
    return measured;
  } finally {
    await client.close();
  }
}

const aBatch = (room: RoomId, first: number) =>
  Array.from({ length: batchEvents }, (_, n) => {
    const event = {
      ...message(first + n, `내일 저녁 ${n}시에 서울역 앞에서 만나요 see you there`, room),
      c: clientId(first + n),
    };
    return logged(first + n, event, { room, id: eventRowId(room, first + n) });
  });

process.on('message', ({ url }: { url: string }) => {
  measure(url).then(
    (measured) => process.send?.({ say: 'cost', rounds: measured }),
    (error: Error) => process.send?.({ say: 'failed', why: error.message }),
  );
});
process.once('disconnect', () => process.exit());
