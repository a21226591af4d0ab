import { createHash } from 'node:crypto';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { SessionId, UserId } from '@gapless/shared/schema';
import { networkOf } from './network.ts';

/** So many tries for nothing, then a wait that doubles with each further one, up to a longest; forgotten after a rest. */
export interface Patience {
  readonly tries: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  readonly restMs: number;
}

export interface AttemptStore {
  /** Counts one more under that key and answers how many there are; forgets the key some time after `until`. */
  count(key: string, until: Date): Promise<number>;
  /** Counts a try, unless the last one's wait lasts: then answers until when, and counts nothing. */
  tryNow(key: string, now: Date, patience: Patience): Promise<Date | undefined>;
  /** One try fewer was made. */
  forgive(key: string): Promise<void>;
  /** As if the last try, which was let through, had not been made: nor does it make anybody wait. */
  takeBack(key: string): Promise<void>;
  forget(key: string): Promise<void>;
  /** How many there are. */
  read(key: string): Promise<number>;
  /** Remembers the key until then. */
  note(key: string, until: Date): Promise<void>;
  isNoted(key: string, now: Date): Promise<boolean>;
}

/**
 * Limits tries over all api processes. A limit that a stranger can use up never stands between an owner and his account
 * for good: waits have an end, a network from which the owner has logged in counts for itself, and a mail that was sent
 * works for as long as further ones are refused.
 */
export interface Attempts {
  /** Of a command that needs no session, by the network that it comes from. Rejects with `rate_limited`, as all here. */
  stranger(address: string): Promise<void>;
  /** Of an API key that does not work. */
  wrongKey(address: string): Promise<void>;
  /** Of a password at log-in; to be followed by `loggedIn` where it was right. */
  logIn(email: string, address: string): Promise<void>;
  /** Forgets what failed from there, and lets nobody elsewhere use up this network's tries. */
  loggedIn(email: string, address: string): Promise<void>;
  /** How many log-ins failed in a row, from anywhere and from that address, and what lets him in at once. */
  failed(email: string, address?: string): Promise<number>;
  forgive(email: string, address?: string): Promise<void>;
  /** Of a mail to somebody, whoever asks for it and whether he has an account. */
  mail(email: string): Promise<void>;
  /**
   * Of the password of whoever is logged in already, to change it or the address; to be followed by `knewPassword` where it was
   * right. Also who knows it has so many a window: each costs a hash, and may cost a stranger a mail.
   */
  password(me: { readonly user: UserId; readonly session: SessionId }): Promise<void>;
  knewPassword(session: SessionId): Promise<void>;
}

const minuteMs = 60_000;
/** Shorter than a reset works: who is refused another mail has one that works. */
const mailWindowMs = 30 * minuteMs;
const mailsAWindow = 5;
const changesAWindow = 10;
const changeWindowMs = 30 * minuteMs;
const trustMs = 30 * 24 * 60 * minuteMs;

const patience = { firstWaitMs: 1_000, restMs: 60 * minuteMs };
const fromOneNetwork: Patience = { ...patience, tries: 5, longestWaitMs: 15 * minuteMs };
/** Guesses from the whole world on one account: a stranger to it must let its owner through now and then. */
const fromAnywhere: Patience = { ...patience, tries: 20, longestWaitMs: minuteMs };

export function createAttempts(deps: { store: AttemptStore; clock: Clock; perMinute: number }): Attempts {
  const { store, clock, perMinute } = deps;

  async function within(key: string, most: number, windowMs: number): Promise<void> {
    const window = Math.floor(clock.now() / windowMs);
    const endsAt = (window + 1) * windowMs;
    const count = await store.count(hashed('window', key, String(window)), new Date(endsAt));
    if (count > most) throw new Failure('rate_limited', { retryMs: endsAt - clock.now() });
  }

  async function patiently(key: string, rule: Patience): Promise<void> {
    const until = await store.tryNow(key, new Date(clock.now()), rule);
    if (until !== undefined) throw new Failure('rate_limited', { retryMs: until.getTime() - clock.now() });
  }

  const stranger = (address: string) => within(hashed('stranger', networkOf(address)), perMinute, minuteMs);
  const keys = (email: string, address: string) => ({
    here: hashed('log-in here', email, networkOf(address)),
    anywhere: hashed('log-in', email),
    trusted: hashed('trusted', email, networkOf(address)),
  });

  return {
    stranger,
    wrongKey: (address) => within(hashed('key', networkOf(address)), perMinute, minuteMs),
    async logIn(email, address) {
      await stranger(address);
      const { here, anywhere, trusted } = keys(email, address);
      await patiently(here, fromOneNetwork);
      if (await store.isNoted(trusted, new Date(clock.now()))) return;
      try {
        await patiently(anywhere, fromAnywhere);
      } catch (error) {
        // No password was tried: what others guess elsewhere does not use up the tries of this network.
        await store.takeBack(here);
        throw error;
      }
    },
    async loggedIn(email, address) {
      const { here, anywhere, trusted } = keys(email, address);
      await store.forget(here);
      if (!(await store.isNoted(trusted, new Date(clock.now())))) await store.forgive(anywhere);
      await store.note(trusted, new Date(clock.now() + trustMs));
    },
    async failed(email, address = '') {
      const { here, anywhere } = keys(email, address);
      return Math.max(...(await Promise.all([anywhere, here].map(store.read))));
    },
    async forgive(email, address = '') {
      const { here, anywhere } = keys(email, address);
      await Promise.all([anywhere, here].map(store.forget));
    },
    mail: (email) => within(hashed('mail', email), mailsAWindow, mailWindowMs),
    async password({ user, session }) {
      await patiently(hashed('password', session), fromOneNetwork);
      await within(hashed('change', user), changesAWindow, changeWindowMs);
    },
    knewPassword: (session) => store.forget(hashed('password', session)),
  };
}

/** Neither addresses nor networks stand in the store. */
const hashed = (...parts: string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
