import { type Bus, followOnline, type Presence } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { maxWatchedUsers, type ServerFrameOf } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { Acquaintance, Acquaintances } from './acquaintances.ts';
import { OpenQuestions } from './open-questions.ts';
import type { Session } from './session.ts';

/** Tells sockets of the users whom they watch. */
export interface WatchedPresence {
  /** Resolves when the socket was told what they are now; of whom it may not know nothing is said, then or later. */
  watch(session: Session, users: readonly UserId[]): Promise<void>;
  unwatch(session: Session, users: readonly UserId[]): void;
  /** The socket is gone. */
  forget(session: Session): void;
  /** What anybody may see of him now; throws while that cannot be told. */
  presenceOf(user: UserId): Presence | undefined;
  /** Users who are there, on whatever edge. */
  known(): number;
  stop(): void;
}

export interface WatchedPresenceDeps {
  readonly bus: Pick<Bus, 'interruptions' | 'presence'>;
  readonly acquaintances: Pick<Acquaintances, 'among'>;
  readonly clock: Clock;
  /** The time of day. */
  readonly calendar: Clock;
}

type Entry = ServerFrameOf<'pres'>['w'][number];

/** What a socket watches. */
interface Watched {
  readonly users: Set<UserId>;
  /** How many more are asked about. */
  asking: number;
  /** Who is asked about, of each frame, less those who are not to be watched any more. */
  readonly questions: OpenQuestions<UserId>;
  allowedAt: number;
}

/** Several changes at once. */
const tickMs = 250;
/** Who shares no room any more, or was blocked, is watched no longer than that. */
const allowedMs = 60_000;
const checkMs = 10_000;

export function createWatchedPresence({ bus, acquaintances, clock, calendar }: WatchedPresenceDeps): WatchedPresence {
  const watched = new Map<Session, Watched>();
  const watchers = new Map<UserId, Set<Session>>();
  const news = new Map<UserId, Presence | undefined>();
  const online = followOnline(bus, {
    clock,
    changed: (user, presence) => {
      if (watchers.has(user)) news.set(user, presence);
    },
  });

  const drop = (session: Session, user: UserId): void => {
    watched.get(session)?.users.delete(user);
    const sessions = watchers.get(user);
    sessions?.delete(session);
    if (sessions?.size === 0) watchers.delete(user);
  };

  const forget = (session: Session): void => {
    for (const user of watched.get(session)?.users ?? []) drop(session, user);
    watched.delete(session);
  };

  const ask = (session: Session, users: readonly UserId[]): Promise<readonly Acquaintance[]> =>
    acquaintances.among(session.user, users);

  const tell = (): void => {
    const frames = new Map<Session, Entry[]>();
    for (const [user, presence] of news) {
      const entry: Entry = presence === undefined ? [user, 'offline', calendar.now()] : [user, presence];
      for (const session of watchers.get(user) ?? []) frames.set(session, [...(frames.get(session) ?? []), entry]);
    }
    news.clear();
    for (const [session, w] of frames) if (session.phase === 'ready') session.send({ t: 'pres', w });
  };

  /** Asks about one socket at a time: nobody waits for it. */
  const check = async (): Promise<void> => {
    for (const [session, own] of watched) {
      if (own.users.size === 0 || clock.now() - own.allowedAt < allowedMs) continue;
      own.allowedAt = clock.now();
      const asked = [...own.users];
      const allowed = new Set((await ask(session, asked)).map(([user]) => user));
      for (const user of asked) if (!allowed.has(user)) drop(session, user);
    }
  };

  let checking = false;
  const checkSoon = (): void => {
    if (checking) return;
    checking = true;
    check()
      .catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
      })
      .finally(() => {
        checking = false;
      });
  };

  const timers = [setInterval(tell, tickMs).unref(), setInterval(checkSoon, checkMs).unref()];
  return {
    watch: async (session, users) => {
      const own = watched.get(session) ?? watchingNobody(clock.now());
      const asked = new Set(users);
      const more = [...asked].filter((user) => !own.users.has(user)).length;
      if (own.users.size + own.asking + more > maxWatchedUsers) {
        throw new Failure('invalid_request', { detail: `At most ${maxWatchedUsers} users` });
      }
      const now = online.now();
      // The next frame may come before the answer: it counts, and finds, what this one asks for.
      watched.set(session, own);
      own.asking += more;
      const answered = own.questions.open(asked);
      let answer: readonly Acquaintance[];
      try {
        answer = await ask(session, [...asked]);
      } finally {
        own.asking -= more;
        answered();
      }
      if (session.phase === 'closed') return;
      const allowed = answer.filter(([user]) => asked.has(user));
      for (const [user] of allowed) {
        own.users.add(user);
        watchers.set(user, (watchers.get(user) ?? new Set()).add(session));
      }
      const w = allowed.map(([user, seen]): Entry => {
        const presence = now.presenceOf(user) ?? 'offline';
        return presence === 'offline' && seen !== undefined ? [user, presence, seen] : [user, presence];
      });
      session.send({ t: 'pres', w });
    },
    unwatch: (session, users) => {
      for (const user of users) {
        // What is asked about is not watched yet, and must not be when the answer comes.
        watched.get(session)?.questions.takeBack(user);
        drop(session, user);
      }
    },
    forget,
    presenceOf: (user) => online.now().presenceOf(user),
    known: online.users,
    stop: () => {
      for (const timer of timers) clearInterval(timer);
      online.stop();
    },
  };
}

const watchingNobody = (now: number): Watched => ({
  users: new Set(),
  asking: 0,
  questions: new OpenQuestions(),
  allowedAt: now,
});
