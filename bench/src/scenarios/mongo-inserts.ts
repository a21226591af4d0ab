import { type ClientId, eventRowId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { MongoClient } from 'mongodb';
import { createClientIds, textBytes } from '../load/message.ts';

export interface Inserts {
  readonly rows: number;
  readonly rowsAWrite: number;
  /** Writes under way at once. */
  readonly window: number;
}

interface Row {
  readonly _id: string;
  readonly [field: string]: unknown;
}

/** Rows a second by the driver's `insertMany` alone: as long as a log worker's, safe as its, without its indexes. */
export async function insertsPerSecond(url: string, { rows, rowsAWrite, window }: Inserts): Promise<number> {
  const client = await new MongoClient(url).connect();
  try {
    const inserts = client.db('bench').collection<Row>('inserts', { writeConcern: { w: 'majority' } });
    // Rows that are deleted are still worked off by the engine while the next ones come.
    await inserts.drop();
    const all = Array.from({ length: rows }, rowMaker());
    let next = 0;
    const insert = async () => {
      while (next < all.length) {
        const some = all.slice(next, next + rowsAWrite);
        next += rowsAWrite;
        await inserts.insertMany(some, { ordered: false });
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: window }, insert));
    return rows / ((performance.now() - began) / 1e3);
  } finally {
    await client.close();
  }
}

function rowMaker(): (_: unknown, n: number) => Row {
  const [r, u] = [newId<RoomId>(), newId<UserId>()];
  const clientIds = createClientIds();
  const text = 'x'.repeat(textBytes);
  return (_, n) => {
    const [s, c, at] = [n + 1, clientIds() as ClientId, new Date()];
    const raw = JSON.stringify({ v: 1, t: 'msg', r, u, at: at.getTime(), c, b: { text } });
    return { _id: eventRowId(r, s), r, s, u, k: 'msg', c, at, raw, ver: s };
  };
}
