import { type RoomId, RoomIdSchema, UserIdSchema } from '@gapless/shared/schema';
import { Type } from 'typebox';
import type { ReadRange } from '../domain/log/event-range.ts';
import type { History } from '../domain/messages/history.ts';
import type { ShownMessage } from '../domain/messages/shown-messages.ts';

const Sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const RangeQuery = Type.Object({
  r: RoomIdSchema,
  after: Sequence,
  before: Sequence,
  limit: Type.Integer({ minimum: 1, maximum: 1_000 }),
  /** An event of the room that is known of. */
  head: Type.Optional(Sequence),
});

export const PageQuery = Type.Object({
  u: UserIdSchema,
  r: RoomIdSchema,
  before: Type.Optional(Sequence),
  after: Type.Optional(Sequence),
  around: Type.Optional(Sequence),
  re: Type.Optional(Sequence),
  /** An event of the room that is known of. */
  head: Type.Optional(Sequence),
  limit: Type.Integer({ minimum: 1, maximum: 100 }),
});

/** Who may see the events the edge decides: it knows the membership, and replays what the log holds by the same rule. */
export const answerRange =
  (readRange: ReadRange) =>
  async ({ r, after, before, limit, head }: Type.Static<typeof RangeQuery>) => {
    const { events, upTo, watermark: w } = await readRange(r, { after, before }, limit, head);
    return { ev: events.map(({ seq, raw }) => [seq, raw] as const), upTo, w };
  };

export const answerPage =
  (history: History) =>
  async ({ u, r, re: thread, ...bounds }: Type.Static<typeof PageQuery>) => {
    const { items, ...ends } = await history.page(u, r, { ...bounds, thread });
    return { ev: items.map((item) => frameOf(r, item)).reverse(), ...ends };
  };

/** A message in the form in which sockets get it, with what came of it. */
const frameOf = (r: RoomId, message: ShownMessage) => {
  const { seq, user, at, clientId, body, thread, also, whisperedIn, deleted, version, edited } = message;
  const { mentions, link } = message;
  return {
    ...{ s: seq, v: 1, t: 'msg', r, u: user, at: at.getTime(), c: clientId, b: body },
    ...(thread === undefined ? {} : { re: thread }),
    ...(also === undefined ? {} : { also: 1 }),
    ...(whisperedIn === undefined ? {} : { in: whisperedIn }),
    ...(deleted ? { del: 1 } : {}),
    ver: version,
    ...(edited === undefined ? {} : { ed: edited.getTime() }),
    ...reactionsOf(message),
    ...threadOf(message),
    ...(mentions === undefined ? {} : { men: mentions }),
    ...(link === undefined ? {} : { l: link }),
  };
};

const reactionsOf = ({ reactions }: ShownMessage) =>
  reactions.length === 0 ? {} : { rx: reactions.map(({ emoji, count, mine }) => [emoji, count, mine ? 1 : 0]) };

const threadOf = ({ replies }: ShownMessage) =>
  replies === undefined
    ? {}
    : { th: { n: replies.count, s: replies.last.seq, at: replies.last.at.getTime(), us: replies.users } };
