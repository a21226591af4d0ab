import { RoomIdSchema, UserIdSchema } from '@gapless/shared/schema';
import { Type } from 'typebox';
import type { ReadRange } from '../domain/event-range.ts';
import type { History, HistoryPage } from '../domain/history.ts';

const Sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const RangeQuery = Type.Object({
  r: RoomIdSchema,
  after: Sequence,
  before: Sequence,
  limit: Type.Integer({ minimum: 1, maximum: 1_000 }),
});

export const PageQuery = Type.Object({
  u: UserIdSchema,
  r: RoomIdSchema,
  before: Type.Optional(Sequence),
  after: Type.Optional(Sequence),
  limit: Type.Integer({ minimum: 1, maximum: 100 }),
});

/** Who may see the events the edge decides: it knows the membership, and replays what the log holds by the same rule. */
export const answerRange =
  (readRange: ReadRange) =>
  async ({ r, after, before, limit }: Type.Static<typeof RangeQuery>) => {
    const { events, upTo } = await readRange(r, { after, before }, limit);
    return { ev: events.map(({ seq, raw }) => [seq, raw] as const), upTo };
  };

export const answerPage =
  (history: History) =>
  async ({ u, r, before, after, limit }: Type.Static<typeof PageQuery>) => {
    const { items, next } = await history.page(u, r, { before, after, limit });
    return { ev: items.map((item) => frameOf(r, item)).reverse(), ...(next === undefined ? {} : { next }) };
  };

/** A message in the form in which sockets get it. */
const frameOf = (r: RoomIdOf, { seq, user, at, clientId, body, thread, deleted }: HistoryPage['items'][number]) => ({
  s: seq,
  v: 1,
  t: 'msg',
  r,
  u: user,
  at: at.getTime(),
  c: clientId,
  b: body,
  ...(thread === undefined ? {} : { re: thread }),
  ...(deleted ? { del: 1 } : {}),
});

type RoomIdOf = Type.Static<typeof RoomIdSchema>;
