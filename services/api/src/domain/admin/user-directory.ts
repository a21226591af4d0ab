import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import {
  type AccountRole,
  type ClientId,
  type CustomData,
  newId,
  type Revocation,
  type UserId,
  unfitCustomData,
} from '@gapless/shared/schema';
import { emailKey, nicknameSearchKey, readNickname } from '../accounts/names.ts';
import type { TellRevocation } from '../accounts/tell-revocation.ts';
import { type Makings, once } from '../once.ts';
import { type Actor, actingId } from './actor.ts';

/** A user as who runs the installation sees him. */
export interface Person {
  readonly id: UserId;
  readonly nickname: string;
  readonly email?: string;
  readonly emailVerified: boolean;
  readonly role: AccountRole;
  readonly createdAt: Date;
  readonly custom?: CustomData;
  readonly disabled: boolean;
  readonly seenAt?: Date;
}

export interface NewPerson {
  readonly nickname: string;
  readonly email?: string | undefined;
  readonly custom?: CustomData | undefined;
  /** What the back end calls him. */
  readonly externalId?: string | undefined;
}

export interface DirectoryChange {
  readonly makings: Makings;
  withExternalId(externalId: string): Promise<UserId | undefined>;
  /** Rejects with `email_taken` or `nickname_taken`. */
  add(id: UserId, person: NewPerson, now: Date): Promise<void>;
}

export interface DirectoryStore {
  withId(id: UserId): Promise<Person | undefined>;
  withEmail(email: string): Promise<Person | undefined>;
  withExternalId(externalId: string): Promise<Person | undefined>;
  /** The newest first. */
  newest(page: { readonly below: UserId | undefined; readonly limit: number }): Promise<Person[]>;
  /** By nickname, disabled or not. */
  withPrefix(prefix: string, page: { readonly after: string | undefined; readonly limit: number }): Promise<Person[]>;
  /** Who becomes an admin has no session of before; of who is none the keys are revoked. Answers what has ended; `undefined`: no such user. */
  setRole(id: UserId, role: AccountRole, now: Date): Promise<readonly Revocation[] | undefined>;
  /** All of `work` or nothing. It may run more than once. */
  run<T>(work: (change: DirectoryChange) => Promise<T>): Promise<T>;
}

export interface UserDirectory {
  get(id: UserId): Promise<Person>;
  /** Those with that address or external id: one, or nobody. */
  withEmail(email: string): Promise<readonly Person[]>;
  withExternalId(externalId: string): Promise<readonly Person[]>;
  newest: DirectoryStore['newest'];
  /** By nickname, behind that one. */
  withNickname(begin: string, page: { readonly after: UserId | undefined; readonly limit: number }): Promise<Person[]>;
  /** Once for one client id, and once for good for one external id. */
  create(by: Actor, asked: NewPerson & { readonly clientId?: ClientId | undefined }): Promise<Person>;
  /**
   * Who becomes an admin logs in anew: a session of before may be held by somebody who could never have opened one of an admin.
   */
  setRole(id: UserId, role: AccountRole): Promise<void>;
}

export function createUserDirectory(deps: {
  store: DirectoryStore;
  clock: Clock;
  tell: TellRevocation;
  /** Whether nobody may use accounts with that address here. */
  isClosed: (email: string) => boolean;
}): UserDirectory {
  const { store, clock, tell, isClosed } = deps;

  async function get(id: UserId): Promise<Person> {
    const person = await store.withId(id);
    if (person === undefined) throw new Failure('not_found', { detail: 'No such user' });
    return person;
  }

  const orNobody = (person: Person | undefined): readonly Person[] => (person === undefined ? [] : [person]);

  function readPerson({ nickname, email, custom, externalId }: NewPerson): NewPerson {
    const reason = custom === undefined ? undefined : unfitCustomData(custom);
    if (reason !== undefined) throw new Failure('invalid_request', { detail: reason });
    const address = email === undefined ? {} : { email: emailKey(email) };
    if (address.email !== undefined && isClosed(address.email))
      throw new Failure('invalid_request', { detail: 'Demo accounts are closed in production' });
    return { nickname: readNickname(nickname), custom, externalId, ...address };
  }

  return {
    get,
    withEmail: async (email) => orNobody(await store.withEmail(emailKey(email))),
    withExternalId: async (externalId) => orNobody(await store.withExternalId(externalId)),
    newest: store.newest,
    async withNickname(begin, { after, limit }) {
      const prefix = nicknameSearchKey(begin);
      const last = after === undefined ? undefined : nicknameSearchKey((await get(after)).nickname);
      if (last?.startsWith(prefix) === false) throw new Failure('invalid_cursor', { detail: 'The list has changed' });
      return store.withPrefix(prefix, { after: last, limit });
    },
    async create(by, { clientId, ...asked }) {
      const person = readPerson(asked);
      const now = clock.now();
      const making = clientId && { user: actingId(by), command: 'users.create' as const, clientId, asked };
      const { id } = await store.run((change) =>
        once(change.makings, making, now, async () => {
          const { externalId } = person;
          const known = externalId === undefined ? undefined : await change.withExternalId(externalId);
          if (known !== undefined) return { id: known };
          const made = newId<UserId>(now);
          await change.add(made, person, new Date(now));
          return { id: made };
        }),
      );
      return get(id);
    },
    async setRole(id, role) {
      const ended = await store.setRole(id, role, new Date(clock.now()));
      if (ended === undefined) throw new Failure('not_found', { detail: 'No such user' });
      await Promise.all(ended.map(tell));
    },
  };
}
