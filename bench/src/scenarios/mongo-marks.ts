import { MongoClient } from 'mongodb';

/** The marks of one room, as MongoDB has them. */
export interface StoredMarks {
  /** Rows that MongoDB was told to raise since it started, of whatever collection: hardly any others are here. */
  updates(): Promise<number>;
  /** How many have read up to there. */
  countAt(seq: number): Promise<number>;
  close(): Promise<void>;
}

export async function openMarks(url: string, room: string): Promise<StoredMarks> {
  const client = await new MongoClient(url).connect();
  const reads = client.db('gapless').collection<{ _id: string; read: number }>('reads');
  const ofRoom = { _id: { $gt: `${room}:`, $lt: `${room};` } };
  return {
    updates: async () => {
      const { opcounters } = await client.db('admin').command({ serverStatus: 1 });
      return opcounters.update;
    },
    countAt: (seq) => reads.countDocuments({ ...ofRoom, read: { $gte: seq } }),
    close: () => client.close(),
  };
}
