import { type Callable, callSubject, contractOf } from '@gapless/shared/commands';
import { type SessionId, type UserId, UserIdSchema } from '@gapless/shared/schema';
import { type TSchema, Type } from 'typebox';
import type { CallHandlers, Handler } from './handler.ts';

export interface Asked {
  readonly u: UserId;
  readonly sid: string;
  readonly p: unknown;
}

/** Serves each command by its name to who asks over a socket; who that is his edge knows. */
export function serveCalls(
  handlers: CallHandlers,
  serve: (name: string, schema: TSchema, answer: (asked: Asked) => Promise<unknown>) => void,
): void {
  for (const [name, handler] of Object.entries(handlers) as [Callable, Handler<Callable>][]) {
    const schema = Type.Object({ u: UserIdSchema, sid: Type.String(), p: contractOf(name).parameters });
    serve(callSubject(name), schema, ({ u, sid, p }) => handler({ user: u, session: sid as SessionId }, p as never));
  }
}
