import { pageSize } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { SessionId, UserId } from '@gapless/shared/schema';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { Attempts } from '../domain/accounts/attempts.ts';
import type { Sessions } from '../domain/accounts/sessions.ts';
import { type Actor, needScopeOver } from '../domain/admin/actor.ts';
import type { Person, UserDirectory } from '../domain/admin/user-directory.ts';
import { fromCursor, pageOf } from '../domain/cursor.ts';
import type { RoomLists } from '../domain/rooms/room-lists.ts';
import { signedIn, type TokenSigner } from './auth.ts';
import type { Handlers } from './handler.ts';
import { showSession } from './show.ts';
import { type NicknameReads, showRooms } from './show-room.ts';

export interface AdminUserDeps {
  readonly accounts: Accounts;
  readonly accountStore: NicknameReads;
  readonly sessions: Sessions;
  readonly directory: UserDirectory;
  readonly roomLists: RoomLists;
  readonly tokens: TokenSigner;
  readonly attempts: Pick<Attempts, 'failed' | 'forgive'>;
}

type ReadCommand = 'users.all' | 'users.look' | 'users.sessions' | 'users.rooms';
type MakeCommand = 'users.create' | 'users.token';
type LockCommand = 'users.attempts' | 'users.unlock';
type ChangeCommand = 'users.endSession' | 'users.endSessions' | 'users.setRole' | 'users.disable' | 'users.enable';

export const adminUserHandlers = (
  deps: AdminUserDeps,
): Handlers<ReadCommand | MakeCommand | ChangeCommand | LockCommand> => ({
  ...readHandlers(deps),
  ...makeHandlers(deps),
  ...changeHandlers(deps),
  ...lockHandlers(deps),
});

/** None of them is the one that asks. */
const nobodys = '' as SessionId;

function readHandlers({ directory, sessions, roomLists, accountStore }: AdminUserDeps): Handlers<ReadCommand> {
  return {
    'users.all': async (_, { nickname, email, externalId, limit = pageSize, cursor }) => {
      const ways = [nickname, email, externalId].filter((way) => way !== undefined);
      if (ways.length > 1) throw new Failure('invalid_request', { detail: 'A nickname, an address or an external id' });
      if (email !== undefined) return { items: (await directory.withEmail(email)).map(showPerson) };
      if (externalId !== undefined) return { items: (await directory.withExternalId(externalId)).map(showPerson) };
      const after = fromCursor<UserId>(cursor);
      const found =
        nickname === undefined
          ? await directory.newest({ below: after, limit: limit + 1 })
          : await directory.withNickname(nickname, { after, limit: limit + 1 });
      const { items, ...rest } = pageOf(found, limit, ({ id }) => id);
      return { items: items.map(showPerson), ...rest };
    },
    'users.look': async (_, { user }) => showPerson(await directory.get(user)),
    'users.sessions': async (_, { user }) => {
      await directory.get(user);
      return { items: (await sessions.list(user)).map((one) => showSession(one, nobodys)) };
    },
    'users.rooms': async (_, { user, limit = pageSize, cursor }) => {
      await directory.get(user);
      const { items, ...rest } = await roomLists.of(user, { cursor, limit });
      return { items: await showRooms(accountStore, items), ...rest };
    },
  };
}

function makeHandlers({ directory, accounts, sessions, tokens }: AdminUserDeps): Handlers<MakeCommand> {
  return {
    'users.create': async (actor, asked) => showPerson(await directory.create(actor, asked)),
    'users.token': async (actor, { user, device }) => {
      const account = await accounts.find(user);
      needScopeOver(actor, account);
      if (account.disabled) throw new Failure('account_disabled');
      const session = await sessions.open(account, device);
      if (session === undefined) throw new Failure('busy', { detail: 'His password was changed in this moment' });
      return signedIn(tokens, account, session);
    },
  };
}

function changeHandlers({ accounts, sessions, directory }: AdminUserDeps): Handlers<ChangeCommand> {
  const over = async (actor: Actor, user: UserId) => needScopeOver(actor, await accounts.find(user));
  const notHimself = (actor: Actor, user: UserId, detail: string) => {
    if (actor.kind === 'user' && actor.id === user) throw new Failure('forbidden', { detail });
  };
  return {
    'users.endSession': async (actor, { user, session }) => {
      await over(actor, user);
      await sessions.closeOne(user, session);
    },
    'users.endSessions': async (actor, { user }) => {
      await over(actor, user);
      await sessions.closeAll(user);
    },
    'users.setRole': async (actor, { user, role }) => {
      notHimself(actor, user, 'Nobody changes his own role');
      await directory.setRole(user, role);
    },
    'users.disable': async (actor, { user }) => {
      notHimself(actor, user, 'Nobody disables himself');
      await over(actor, user);
      await accounts.disable(user);
    },
    'users.enable': async (actor, { user }) => {
      await over(actor, user);
      await accounts.enable(user);
    },
  };
}

const lockHandlers = ({ accounts, attempts }: AdminUserDeps): Handlers<LockCommand> => ({
  'users.attempts': async (_, { user, address }) => {
    const { email } = await accounts.find(user);
    return { failed: await attempts.failed(email, address) };
  },
  'users.unlock': async (actor, { user, address }) => {
    const account = await accounts.find(user);
    needScopeOver(actor, account);
    await attempts.forgive(account.email, address);
  },
});

const showPerson = ({ id, nickname, email, emailVerified, role, createdAt, custom, disabled, seenAt }: Person) => ({
  ...{ id, nickname, emailVerified, role, createdAt: createdAt.toISOString() },
  ...(email === undefined ? {} : { email }),
  ...(custom === undefined ? {} : { custom }),
  ...(disabled ? { disabled: true as const } : {}),
  ...(seenAt === undefined ? {} : { seenAt: seenAt.toISOString() }),
});
