import type { Commands } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { ClientIdSchema, RoomIdSchema, type UserAccess, type UserId, UserIdSchema } from '@gapless/shared/schema';
import { type Static, type TSchema, Type } from 'typebox';
import { Check } from 'typebox/value';
import type { FindMessage } from '../domain/find-message.ts';

export interface CommandDeps {
  readonly commands: Commands;
  /** Reads who may use which room and enters it where edges look first. */
  readonly findAccess: (user: UserId) => Promise<UserAccess>;
  readonly findMessage: FindMessage;
  readonly foresee: (error: unknown) => Failure | undefined;
}

const AccessQuery = Type.Object({ u: UserIdSchema });
const MessageQuery = Type.Object({
  r: RoomIdSchema,
  u: UserIdSchema,
  k: Type.String({ pattern: '^[a-z]{1,16}$' }),
  c: ClientIdSchema,
});

/** What edges ask of the api over the bus. */
export function serveCommands({ commands, findAccess, findMessage, foresee }: CommandDeps): void {
  function serve<T extends TSchema>(name: string, schema: T, answer: (query: Static<T>) => Promise<unknown>): void {
    commands.serve(name, async (payload) => {
      if (!Check(schema, payload)) throw new Failure('invalid_request');
      try {
        return await answer(payload as Static<T>);
      } catch (error) {
        throw foresee(error) ?? error;
      }
    });
  }

  serve('access.find', AccessQuery, async ({ u }) => ({ rooms: await findAccess(u) }));

  serve('messages.find', MessageQuery, async ({ r, u, k, c }) => {
    const found = await findMessage({ room: r, user: u, kind: k, clientId: c });
    return found === undefined ? null : { s: found.seq, at: found.at.getTime(), raw: found.raw };
  });
}
