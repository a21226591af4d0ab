import { eventRowId, type RoomId, type UserId } from '@gapless/shared/schema';
import { authorGram, gramsOf, gramsVersion } from '@gapless/shared/search';
import { MongoClient } from 'mongodb';
import { chatter } from '../load/chatter.ts';

export interface Filling {
  /** Every second message is in the first room. */
  readonly rooms: readonly RoomId[];
  readonly user: UserId;
  readonly most: number;
  readonly seconds: number;
}

interface Row {
  readonly _id: string;
  readonly [field: string]: unknown;
}

const rowsAWrite = 1_000;

/** Messages as a log worker leaves them, written straight into MongoDB; resolves with how many there was time for. */
export async function addMessages(url: string, { rooms, user, most, seconds }: Filling): Promise<number> {
  const client = await new MongoClient(url).connect();
  try {
    const db = client.db('gapless');
    const end = performance.now() + seconds * 1e3;
    let count = 0;
    const more = async () => {
      while (count < most && performance.now() < end) {
        const first = count + 1;
        count += rowsAWrite;
        const of = Array.from({ length: rowsAWrite }, (_, n) => messageRows(rooms, user, first + n));
        await db.collection<Row>('events').insertMany(
          of.map(([event]) => event),
          { ordered: false },
        );
        await db.collection<Row>('search').insertMany(
          of.map(([, search]) => search),
          { ordered: false },
        );
      }
    };
    await Promise.all([more(), more()]);
    const seq = firstSequence + count;
    await db.collection<Row>('watermarks').updateOne({ _id: 'ROOM_0' }, { $set: { seq, searched: seq } });
    return count;
  } finally {
    await client.close();
  }
}

/** Above whatever making the rooms has taken. */
const firstSequence = 100_000;

function messageRows(rooms: readonly RoomId[], u: UserId, n: number): [Row, Row] {
  const r = (n % 2 === 0 ? rooms[0] : rooms[n % rooms.length]) as RoomId;
  const s = firstSequence + n;
  const at = new Date(1_700_000_000_000 + n);
  const c = `bench-${String(n).padStart(20, '0')}`;
  const text = chatter(Math.random);
  const raw = JSON.stringify({ v: 1, t: 'msg', r, u, at: at.getTime(), c, b: { text } });
  const _id = eventRowId(r, s);
  return [
    { _id, r, s, u, k: 'msg', c, at, raw, cur: { text }, ver: s },
    { _id, r, s, at, g: [authorGram(u), ...gramsOf(text)], ver: s, gv: gramsVersion },
  ];
}
