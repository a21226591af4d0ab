import { type CallName, type CallParameters, calls } from '@gapless/shared/protocol';
import { type SessionId, type UserId, UserIdSchema } from '@gapless/shared/schema';
import { type TSchema, Type } from 'typebox';
import type { Accounts } from '../domain/accounts.ts';
import type { Memberships } from '../domain/memberships.ts';
import type { Sessions } from '../domain/sessions.ts';
import { showRoom } from '../routes/answers.ts';

export interface CallDeps {
  readonly accounts: Pick<Accounts, 'disable' | 'enable'>;
  readonly memberships: Pick<Memberships, 'join' | 'leave' | 'remove'>;
  readonly sessions: Pick<Sessions, 'close'>;
}

interface Caller {
  readonly user: UserId;
  readonly session: SessionId;
}

type Call<C extends CallName> = (caller: Caller, parameters: CallParameters<C>) => Promise<unknown>;
type Calls = { readonly [C in CallName]: Call<C> };

/** What REST does, for who asks over a socket. */
const callsOf = ({ accounts, memberships, sessions }: CallDeps): Calls => ({
  'rooms.join': async ({ user }, { room }) => showRoom(await memberships.join(user, room)),
  'rooms.leave': ({ user }, { room }) => memberships.leave(user, room),
  'rooms.remove': ({ user: by }, { room, user }) => memberships.remove(by, room, user),
  'sessions.close': ({ session }) => sessions.close(session),
  'users.disable': ({ user: by }, { user }) => accounts.disable(by, user),
  'users.enable': ({ user: by }, { user }) => accounts.enable(by, user),
});

export interface Asked {
  readonly u: UserId;
  readonly sid: string;
  readonly p: unknown;
}

/** Serves each by its name, with the schema of its request. */
export function serveCalls(
  deps: CallDeps,
  serve: (name: string, schema: TSchema, answer: (asked: Asked) => Promise<unknown>) => void,
): void {
  for (const [name, call] of Object.entries(callsOf(deps)) as [CallName, Call<CallName>][]) {
    const schema = Type.Object({ u: UserIdSchema, sid: Type.String(), p: calls[name] });
    serve(name, schema, ({ u, sid, p }) => call({ user: u, session: sid as SessionId }, p as never));
  }
}
