import type { Clock } from '@gapless/shared/runtime';
import {
  type EventRow,
  eventRowId,
  everybody,
  isVisible,
  keepsOrder,
  type MentionRow,
  mentionRowId,
  mentionsIn,
  type UserId,
} from '@gapless/shared/schema';
import type { Derived } from './derived.ts';
import type { MentionStore, Named, NamingMessage } from './mention-store.ts';
import type { Duplicates } from './message-store.ts';
import { isToldOf, type NotifyReads } from './notify-reads.ts';
import { type Pair, type People, type Place, pairKey, placeKey } from './people.ts';

/** Keeps who is named in messages, as their texts say now, and has everybody told who is named anew. */
export interface Mentions extends Derived {
  prepare(): Promise<void>;
}

export interface MentionsDeps {
  readonly store: MentionStore;
  readonly people: People;
  readonly wishes: NotifyReads;
  readonly clock: Clock;
  readonly allLimit: number;
  /** There is something in the outbox for these users' inboxes. */
  readonly alerted: (users: readonly UserId[]) => void;
}

interface Decided {
  readonly message: NamingMessage;
  readonly named: Named;
}

interface Audience {
  readonly message: NamingMessage;
  readonly places: readonly Place[];
}

/** Bounds what is held of a batch in which everybody is called again and again. */
const rowsAtOnce = 500;

export function createMentions({ store, people, wishes, clock, allLimit, alerted }: MentionsDeps): Mentions {
  /** Whom texts name of which that is not decided yet. */
  async function decide(messages: readonly NamingMessage[]): Promise<Decided[]> {
    const said = new Map(messages.map((message) => [message, mentionsIn(message.text ?? '')]));
    const keys = new Set([...said.values()].flat(2));
    const named = await people.named([...keys].filter((key) => key !== everybody));
    const meant = messages.map((message) => ({ message, ...firstOf(said.get(message) ?? [], named) }));
    const asked = meant.flatMap(({ message: { room, author }, users, all }) =>
      [...users, ...(all ? [author] : [])].map((user) => ({ room, user })),
    );
    const places = await people.places(asked);
    const rooms = await people.rooms([...new Set(meant.flatMap(({ message, all }) => (all ? [message.room] : [])))]);
    const heard = await audiences(
      meant.map(({ message, users }) => {
        return { message, places: users.flatMap((user) => places.get(placeKey(message.room, user)) ?? []) };
      }),
    );
    const calling = meant.flatMap(({ message, all }) => {
      const { room, author } = message;
      return all && isCaller(rooms.get(room), places.get(placeKey(room, author))) ? [message] : [];
    });
    const calls = await store.heard(calling);
    return meant.map(({ message }, n) => ({ message, named: { users: heard[n] ?? [], all: calls.has(message.id) } }));
  }

  const isCaller = (room: { kind: string; members: number } | undefined, author: Place | undefined): boolean =>
    room !== undefined &&
    room.members <= allLimit &&
    author !== undefined &&
    (room.kind === 'direct' || keepsOrder(author.role));

  /** Of each those who may see the message, and have nothing against its author, nor he against them. */
  async function audiences(all: readonly Audience[]): Promise<UserId[][]> {
    const seers = all.map(({ message: { seq, author }, places }) =>
      places
        .filter(({ user, sees }) => user !== author && isVisible(sees, seq))
        .map(({ user }): Pair => [author, user]),
    );
    const blocked = await people.blocked(seers.flat());
    return seers.map((pairs) => pairs.filter((pair) => !blocked.has(pairKey(pair))).map(([, user]) => user));
  }

  async function rowsOf({ message, named: { users, all } }: Decided): Promise<MentionRow[]> {
    const rows = users.map((user) => rowOf(message, user));
    if (!all) return rows;
    // Those who came later were not meant.
    const places = (await people.everybody(message.room, allLimit)).filter(
      ({ user, since }) => since > 0 && since <= message.seq && !users.includes(user),
    );
    const [others = []] = await audiences([{ message, places }]);
    return [...rows, ...others.map((user): MentionRow => ({ ...rowOf(message, user), all: true }))];
  }

  /** Of these the ones of which nobody wants to be told: they are listed and counted like others. */
  async function silent(rows: readonly MentionRow[]): Promise<ReadonlySet<string>> {
    const known = await wishes.of(rows.map(({ r: room, u: user }) => ({ room, user })));
    const nowMs = clock.now();
    const isSilent = ({ r, u, m, all }: MentionRow): boolean => {
      const wish = known.get(placeKey(r, u));
      return wish !== undefined && !isToldOf(all ? 'all' : 'mention', wish, { seq: m, nowMs });
    };
    return new Set(rows.filter(isSilent).map(({ _id }) => _id));
  }

  /** Resolves with the ids of all that is named. */
  async function add(decided: readonly Decided[]): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    let rows: MentionRow[] = [];
    for (const one of decided) {
      rows.push(...(await rowsOf(one)));
      if (rows.length < rowsAtOnce && one !== decided.at(-1)) continue;
      for (const { _id } of rows) ids.add(_id);
      if (rows.length > 0) alerted(await store.add(rows, await silent(rows)));
      rows = [];
    }
    return ids;
  }

  return {
    prepare: store.prepare,
    async note(rows, duplicates) {
      const { sent, changed } = touched(rows, duplicates);
      if (sent.size === 0 && changed.size === 0) return;
      const messages = await store.messages([...new Set([...sent, ...changed])]);
      const [fresh, settled] = sorted(messages);
      const decided = await decide(fresh);
      await store.keep(decided);
      const named = await add([...decided, ...settled]);
      const stale = messages.filter(({ id, text, hasNamed }) => changed.has(id) && (hasNamed || text === undefined));
      await store.retain(stale, named);
    },
  };
}

/** Ids of new messages that may name somebody, and of messages that were changed. */
function touched(rows: readonly EventRow[], duplicates: Pick<Duplicates, 'has'>) {
  const sent = new Set<string>();
  const changed = new Set<string>();
  for (const row of rows) {
    if (row.cur?.text.includes('@') && !duplicates.has(row.s)) sent.add(row._id);
    else if ((row.k === 'edit' || row.k === 'del') && row.m !== undefined) changed.add(eventRowId(row.r, row.m));
  }
  return { sent, changed };
}

/** Those of whose text is not decided whom it names, and those of which it is. */
function sorted(messages: readonly NamingMessage[]): [NamingMessage[], Decided[]] {
  const fresh: NamingMessage[] = [];
  const settled: Decided[] = [];
  for (const message of messages) {
    const { text, named, hasNamed } = message;
    if (text === undefined) continue;
    if (named !== undefined) settled.push({ message, named });
    else if (hasNamed || text.includes('@')) fresh.push(message);
  }
  return [fresh, settled];
}

/** Of each call the first name that somebody bears. */
function firstOf(calls: readonly (readonly string[])[], named: ReadonlyMap<string, UserId>) {
  const users = new Set<UserId>();
  let all = false;
  for (const keys of calls) {
    const key = keys.find((reading) => reading === everybody || named.has(reading));
    if (key === everybody) all = true;
    else if (key !== undefined) users.add(named.get(key) as UserId);
  }
  return { users: [...users], all };
}

const rowOf = ({ room, seq, author, at }: NamingMessage, user: UserId): MentionRow => ({
  _id: mentionRowId(room, seq, user),
  r: room,
  m: seq,
  u: user,
  by: author,
  at,
});
