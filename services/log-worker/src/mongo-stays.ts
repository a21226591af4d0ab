import { decisive, type MemberRow, maxTimeMS, type OutboxRow } from '@gapless/shared/outbox';
import type { EventRow, OpId } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import { patiently } from './mongo-patience.ts';

/** Where stays began that are so fresh that their rows do not say it yet. */
export interface Stays {
  /** The same rows, with all that the log has said of them as far as it is written. */
  begun(rows: readonly MemberRow[]): Promise<readonly MemberRow[]>;
}

export function createMongoStays(db: Db): Stays {
  const members = db.collection<MemberRow>('members', decisive);
  const outbox = db.collection<OutboxRow>('outbox', decisive);
  const events = db.collection<EventRow>('events', decisive);

  /** By `_id`, where the ones began whose changes still wait in the outbox, though their events may be written. */
  async function waiting(rows: readonly MemberRow[]): Promise<ReadonlyMap<string, number>> {
    const changes = { $or: rows.map(({ r, jver }) => ({ r, ver: jver })) };
    const projection = { r: 1, ver: 1 };
    const ops = await patiently('reading the outbox', () => outbox.find(changes, { projection, maxTimeMS }).toArray());
    if (ops.length === 0) return new Map();
    const op = { $in: ops.map(({ _id }) => _id) };
    const find = () => events.find({ op }, { projection: { op: 1, s: 1 }, maxTimeMS }).toArray();
    const written = new Map((await patiently('looking joins up', find)).map((row) => [row.op, row.s] as const));
    return new Map(
      rows.flatMap(({ _id, r, jver }) => {
        const landed = ops.filter((row) => row.r === r && row.ver === jver).map((row) => written.get(row._id as OpId));
        return landed.flatMap((seq) => (seq === undefined ? [] : [[_id, seq] as const]));
      }),
    );
  }

  return {
    async begun(rows) {
      const fresh = rows.filter(({ since }) => since === 0);
      if (fresh.length === 0) return rows;
      const known = await waiting(fresh);
      // A change leaves the outbox behind the note in its row: what does not wait any more was noted meanwhile.
      const _id = { $in: fresh.flatMap((row) => (known.has(row._id) ? [] : [row._id])) };
      const find = () => members.find({ _id, out: false }, { maxTimeMS }).toArray();
      const noted = new Map((await patiently('reading memberships', find)).map((row) => [row._id, row]));
      return rows.map((row) => {
        const since = known.get(row._id);
        return since === undefined ? (noted.get(row._id) ?? row) : { ...row, since };
      });
    },
  };
}
