import { newId } from '@gapless/shared/schema';
import { MongoClient } from 'mongodb';

const rowsAWrite = 1_000;

interface Row {
  readonly _id: string;
  readonly [field: string]: unknown;
}

/** Members who never connect, written straight into MongoDB: signing up ten thousand people is another figure. */
export async function addMembers(url: string, room: string, count: number): Promise<void> {
  const client = await new MongoClient(url).connect();
  try {
    const db = client.db('gapless');
    const at = new Date();
    for (let from = 0; from < count; from += rowsAWrite) {
      const ids = Array.from({ length: Math.min(rowsAWrite, count - from) }, () => newId());
      const users = ids.map((id) => ({ _id: id, email: `${id}@bench.example`, nick: id, nickKey: id, role: 'user' }));
      const members = ids.map((u) => memberOf(room, u, at));
      await db.collection<Row>('users').insertMany(users);
      await db.collection<Row>('members').insertMany(members);
    }
    await db
      .collection<{ _id: string; members: number }>('rooms')
      .updateOne({ _id: room }, { $inc: { members: count } });
  } finally {
    await client.close();
  }
}

const memberOf = (r: string, u: string, at: Date): Row => ({
  ...{ _id: `${r}:${u}`, r, u, role: 'member', ver: 2, jver: 2, since: 2, out: false, at },
});
