import type { Clock } from '@gapless/shared/runtime';
import { type EventRow, isVisible, type ReplyEvent, type UserId } from '@gapless/shared/schema';
import type { Derived } from './derived.ts';
import { isToldOf, type NotifyReads } from './notify-reads.ts';
import { type Pair, type People, pairKey, placeKey } from './people.ts';
import type { Answer, Replier, ReplyStore } from './reply-store.ts';

/** Has those told whom an answer concerns: who wrote in its thread before, and whose message it quotes. */
export interface Replies extends Derived {}

export interface RepliesDeps {
  readonly store: ReplyStore;
  readonly people: Pick<People, 'places' | 'blocked'>;
  readonly wishes: NotifyReads;
  readonly clock: Clock;
  /** There is something in the outbox for these users' inboxes. */
  readonly alerted: (users: readonly UserId[]) => void;
}

interface Concerned {
  readonly answer: Answer;
  readonly user: UserId;
  readonly isQuoted: boolean;
}

/** Of a longer thread those are told who wrote in it last. */
const toldRepliers = 100;
/** Bounds what is held of a batch that is nothing but answers. */
const answersAtOnce = 100;

export function createReplies({ store, people, wishes, clock, alerted }: RepliesDeps): Replies {
  async function concernedBy(answers: readonly Answer[]): Promise<Concerned[]> {
    const threads = [...new Set(answers.flatMap(({ thread }) => thread ?? []))];
    const wanted = [...threads, ...answers.flatMap(({ quoted }) => quoted ?? [])];
    const [authors, repliers, named] = await Promise.all([
      store.authors([...new Set(wanted)]),
      store.repliers(threads, toldRepliers),
      store.named(answers),
    ]);
    return answers.flatMap((answer) => {
      const { id, seq, thread = '', quoted = '' } = answer;
      const before = (repliers.get(thread) ?? []).filter(({ since }: Replier) => since < seq);
      const whose = authors.get(quoted);
      const users = new Set([authors.get(thread), whose, ...before.map(({ user }) => user)]);
      users.delete(answer.author);
      // Who is named in it is told of that.
      for (const user of named.get(id) ?? []) users.delete(user);
      return [...users].flatMap((user) => (user === undefined ? [] : [{ answer, user, isQuoted: user === whose }]));
    });
  }

  /** Those of them who may read it, have no quarrel with its author, and want to know. */
  async function toTell(all: readonly Concerned[]): Promise<Concerned[]> {
    const asked = all.map(({ answer: { room }, user }) => ({ room, user }));
    const places = await people.places(asked);
    const seeing = all.filter(({ answer: { room, seq }, user }) => {
      return isVisible(places.get(placeKey(room, user))?.sees ?? [], seq);
    });
    const pairOf = ({ answer: { author }, user }: Concerned): Pair => [author, user];
    const blocked = await people.blocked(seeing.map(pairOf));
    const known = await wishes.of(seeing.map(({ answer: { room }, user }) => ({ room, user })));
    const nowMs = clock.now();
    return seeing.filter((one) => {
      const { answer, user, isQuoted } = one;
      const wish = known.get(placeKey(answer.room, user));
      if (wish === undefined || blocked.has(pairKey(pairOf(one)))) return false;
      return isToldOf(isQuoted ? 'quote' : 'reply', wish, { seq: answer.seq, nowMs });
    });
  }

  async function tell(ids: readonly string[]): Promise<void> {
    const answers = await store.untold(ids);
    if (answers.length === 0) return;
    const told = await toTell(await concernedBy(answers));
    await store.tell(answers, told.map(eventOf));
    if (told.length > 0) alerted([...new Set(told.map(({ user }) => user))]);
  }

  return {
    async note(rows, duplicates) {
      const ids = rows.flatMap((row) => (isAnswer(row) && !duplicates.has(row.s) ? [row._id] : []));
      for (let from = 0; from < ids.length; from += answersAtOnce) await tell(ids.slice(from, from + answersAtOnce));
    },
  };
}

const isAnswer = ({ th, cur }: EventRow): boolean => th !== undefined || cur?.quote !== undefined;

function eventOf({ answer, user, isQuoted }: Concerned): ReplyEvent {
  const { room, seq, author, at, thread, quoted } = answer;
  return {
    ...{ v: 1, t: 'reply', r: user, u: author, at: at.getTime(), in: room, m: seq },
    ...(thread === undefined ? {} : { re: seqOf(thread) }),
    ...(isQuoted && quoted !== undefined ? { q: seqOf(quoted) } : {}),
  };
}

/** Of a row's id. */
const seqOf = (id: string): number => Number(id.slice(id.indexOf(':') + 1));
