import { decisive, insertOutboxRows, inTransaction, maxTimeMS, newInboxRow } from '@gapless/shared/outbox';
import {
  type EventRow,
  eventRowId,
  type MentionRow,
  type ReplyEvent,
  replyOpId,
  type UserId,
} from '@gapless/shared/schema';
import type { ClientSession, Db } from 'mongodb';
import { patiently } from './mongo-patience.ts';
import type { Answer, Replier, ReplyStore } from './reply-store.ts';

interface Counted {
  readonly _id: string;
  readonly last: readonly { readonly u: UserId; readonly first: number }[];
}

export function createMongoReplyStore(db: Db): ReplyStore {
  const events = db.collection<EventRow>('events', decisive);
  const mentions = db.collection<MentionRow>('mentions', decisive);

  async function settle(session: ClientSession, answers: readonly Answer[], told: readonly ReplyEvent[]) {
    const within = db.collection<EventRow>('events');
    const filter = { _id: { $in: answers.map(({ id }) => id) }, told: { $exists: false } };
    const found = await within.find(filter, { projection: { _id: 1 }, session, maxTimeMS }).toArray();
    const open = new Set(found.map(({ _id }) => _id));
    if (open.size === 0) return;
    await within.updateMany({ _id: { $in: [...open] } }, { $set: { told: true } }, { session });
    const rows = told
      .filter(({ in: room, m }) => open.has(eventRowId(room, m)))
      .map((event) => newInboxRow(event.r, event, replyOpId(event.in, event.m, event.r)));
    if (rows.length > 0) await insertOutboxRows(db, session, rows);
  }

  return {
    async untold(ids) {
      const filter = { _id: { $in: [...ids] }, cur: { $exists: true }, told: { $exists: false } };
      const projection = { r: 1, s: 1, u: 1, at: 1, th: 1, 'cur.quote': 1 };
      const find = () => events.find(filter, { projection, maxTimeMS }).toArray();
      return (await patiently('reading answers', find)).map(toAnswer);
    },
    async authors(ids) {
      if (ids.length === 0) return new Map();
      const find = () =>
        events.find({ _id: { $in: [...ids] }, k: 'msg' }, { projection: { u: 1 }, maxTimeMS }).toArray();
      return new Map((await patiently('reading whom answers concern', find)).map(({ _id, u }) => [_id, u]));
    },
    async repliers(threads, limit) {
      if (threads.length === 0) return new Map();
      const count = () => events.aggregate<Counted>(repliersOf(threads, limit), { maxTimeMS }).toArray();
      const found = await patiently('reading who answered', count);
      const toRepliers = ({ _id, last }: Counted): [string, Replier[]] => [
        _id,
        last.map(({ u, first }) => ({ user: u, since: first })),
      ];
      return new Map(found.map(toRepliers));
    },
    async named(answers) {
      const filter = { $or: answers.map(({ room, seq }) => ({ r: room, m: seq })) };
      const find = () => mentions.find(filter, { projection: { r: 1, m: 1, u: 1 }, maxTimeMS }).toArray();
      const named = new Map<string, Set<UserId>>();
      for (const { r, m, u } of await patiently('reading mentions', find)) {
        const id = eventRowId(r, m);
        named.set(id, (named.get(id) ?? new Set()).add(u));
      }
      return named;
    },
    async tell(answers, told) {
      const work = () => inTransaction(db.client, (session) => settle(session, answers, told));
      await patiently('telling of answers', work);
    },
  };
}

function toAnswer({ _id: id, r: room, s: seq, u: author, at, th, cur }: EventRow): Answer {
  const quote = cur?.quote;
  return {
    ...{ id, room, seq, author, at },
    ...(th === undefined ? {} : { thread: th }),
    ...(quote === undefined ? {} : { quoted: eventRowId(room, quote) }),
  };
}

/** All that it looks at is in the index `replies`. */
function repliersOf(threads: readonly string[], limit: number) {
  return [
    { $match: { th: { $in: [...threads] } } },
    { $group: { _id: { th: '$th', u: '$u' }, first: { $min: '$s' }, last: { $max: '$s' } } },
    {
      $group: {
        _id: '$_id.th',
        last: { $topN: { n: limit, sortBy: { last: -1 }, output: { u: '$_id.u', first: '$first' } } },
      },
    },
  ];
}
