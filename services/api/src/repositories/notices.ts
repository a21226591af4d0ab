import { decisive, fromStore, inTransaction, maxTimeMS } from '@gapless/shared/outbox';
import type { NoticeId, NoticeRow } from '@gapless/shared/schema';
import type { Db, MongoClient } from 'mongodb';
import type { Notice, NoticeStore } from '../domain/admin/notices.ts';
import { makingsWithin } from './makings.ts';

const toNotice = ({ _id, text, by, at, r, told, waits }: NoticeRow): Notice => ({
  ...{ id: _id, text, by, at, told, done: waits !== true },
  ...(r === undefined ? {} : { room: r }),
});

export function createNoticeStore(client: MongoClient, db: Db): NoticeStore {
  const notices = db.collection<NoticeRow>('notices', decisive);
  return {
    run: (work) =>
      inTransaction(client, (session) =>
        work({
          makings: makingsWithin(db, session),
          async add({ id, text, by, user, at, users, room }) {
            const row: NoticeRow = {
              ...{ _id: id, text, by, u: user, at, upTo: '', told: 0, waits: true },
              ...(users === undefined ? {} : { us: [...new Set(users)].sort() }),
              ...(room === undefined ? {} : { r: room }),
            };
            await db.collection<NoticeRow>('notices').insertOne(row, { session });
          },
        }),
      ),
    async find(id: NoticeId) {
      const found = notices.findOne({ _id: id }, { projection: { us: 0 }, maxTimeMS });
      const row = await fromStore('reading a notice', found);
      return row === null ? undefined : toNotice(row);
    },
    async list({ below, limit }) {
      const filter = below === undefined ? {} : { _id: { $lt: below } };
      const options = { projection: { us: 0 }, maxTimeMS };
      const found = notices.find(filter, options).sort({ _id: -1 }).limit(limit).toArray();
      return (await fromStore('reading notices', found)).map(toNotice);
    },
  };
}
