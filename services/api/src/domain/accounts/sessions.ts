import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { newId, type Revocation, type SessionId, type UserId } from '@gapless/shared/schema';
import type { AccountChanges } from './account-changes.ts';
import type { AccountStore } from './account-store.ts';
import { deviceName } from './device.ts';
import {
  firstRefreshToken,
  hashOf,
  isGenuine,
  newSessionSecret,
  parseRefreshToken,
  type RefreshToken,
  successorOf,
} from './refresh-token.ts';
import type { Session, SessionStore } from './session-store.ts';
import type { TellRevocation } from './tell-revocation.ts';

export interface OpenSession {
  readonly session: SessionId;
  readonly user: UserId;
  readonly epoch: number;
  readonly refreshToken: string;
}

export interface Sessions {
  /** `undefined` where the account's password is another one by now. Beyond a hundred the oldest one ends. */
  open(
    account: { readonly id: UserId; readonly epoch: number; readonly passwordHash: string },
    device?: string,
  ): Promise<OpenSession | undefined>;
  /**
   * Each token works once. The one just used works again for a moment and gets the same successor: the first answer may have
   * been lost. An older one was stolen or copied, by whom nobody can tell: the session ends.
   */
  refresh(refreshToken: string): Promise<OpenSession>;
  /** Rejects with `token_required` when the session has ended. */
  admit(session: SessionId): Promise<void>;
  /** Its sockets close, its tokens are void. May be repeated. */
  close(session: SessionId): Promise<void>;
  closeBy(refreshToken: string): Promise<void>;
  /** Mine, the newest first. */
  list(user: UserId): Promise<readonly Session[]>;
  /** One of mine; rejects with `not_found` for any other. */
  closeOne(user: UserId, session: SessionId): Promise<void>;
  /** Every one of the user: each token given out before is void. */
  closeAll(user: UserId): Promise<void>;
  /** All of mine but this one. */
  closeOthers(user: UserId, session: SessionId): Promise<void>;
}

const graceMs = 10_000;
const mostOfOneUser = 100;

export function createSessions(deps: {
  store: SessionStore;
  accounts: Pick<AccountStore, 'withId'>;
  changes: AccountChanges;
  clock: Clock;
  lifeMs: number;
  tell: TellRevocation;
}): Sessions {
  const { store, accounts, changes, clock, lifeMs, tell } = deps;
  const now = () => new Date(clock.now());
  const until = () => new Date(clock.now() + lifeMs);

  /** The session that gave this token out; `undefined` for noise, which ends no session. */
  async function recognise(text: string): Promise<{ token: RefreshToken; session: Session } | undefined> {
    const token = parseRefreshToken(text);
    const session = token && (await store.get(token.session));
    if (token === undefined || session === undefined || !isGenuine(session.secret, token, text)) return undefined;
    return { token, session };
  }

  const isAlive = (session: Session): boolean => session.revokedAt === undefined && session.until > now();

  const tellAll = async (revocations: readonly Revocation[]) => void (await Promise.all(revocations.map(tell)));

  async function epochOf(user: UserId): Promise<number> {
    const account = await accounts.withId(user);
    if (account === undefined) throw new Failure('token_required', { detail: 'The account is gone' });
    return account.epoch;
  }

  async function close(id: SessionId): Promise<void> {
    const revocation = await store.revoke(id, now());
    if (revocation !== undefined) await tell(revocation);
  }

  async function refresh(text: string): Promise<OpenSession> {
    const known = await recognise(text);
    if (known === undefined || !isAlive(known.session)) throw new Failure('refresh_token_invalid');
    const { token, session } = known;
    const next = successorOf(session.secret, token);
    const turn = { current: hashOf(text), next: hashOf(next), now: now(), until: until() };
    if (!(await store.rotate(session.id, turn)) && !(await isRepeat(session.id, turn))) {
      await close(session.id);
      throw new Failure('refresh_token_invalid');
    }
    return { session: session.id, user: session.user, epoch: session.epoch, refreshToken: next };
  }

  async function isRepeat(id: SessionId, turn: { current: string; next: string }): Promise<boolean> {
    const session = await store.get(id);
    if (session === undefined || !isAlive(session)) return false;
    const isLast = session.previous === turn.current && session.current === turn.next;
    return isLast && clock.now() - session.rotatedAt.getTime() <= graceMs;
  }

  return {
    async open({ id: user, epoch, passwordHash }, device) {
      const id = newId<SessionId>(clock.now());
      const secret = newSessionSecret();
      const refreshToken = firstRefreshToken(secret, id);
      const opened = { id, user, epoch, secret, current: hashOf(refreshToken), createdAt: now(), rotatedAt: now() };
      const name = deviceName(device);
      const session: Session = { ...opened, until: until(), ...(name === undefined ? {} : { device: name }) };
      const ended = await changes.run((change) => change.openSession(session, passwordHash, mostOfOneUser));
      if (ended === undefined) return undefined;
      await tellAll(ended);
      return { session: id, user, epoch, refreshToken };
    },
    refresh,
    async admit(id) {
      const session = await store.get(id);
      if (session === undefined || session.revokedAt !== undefined) throw new Failure('token_required');
    },
    close,
    async closeBy(text) {
      const known = await recognise(text);
      if (known !== undefined) await close(known.session.id);
    },
    list: async (user) => store.living(user, await epochOf(user), now(), mostOfOneUser),
    async closeOne(user, id) {
      const session = await store.get(id);
      if (session?.user !== user) throw new Failure('not_found');
      await close(id);
    },
    async closeAll(user) {
      await tell(await changes.run((change) => change.endAll(user, now())));
    },
    async closeOthers(user, keep) {
      const epoch = await epochOf(user);
      await tellAll(await changes.run((change) => change.endOthers({ id: user, epoch }, keep, now())));
    },
  };
}
