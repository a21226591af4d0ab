import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Failure } from '../errors/index.ts';
import { RoomIdSchema, UserIdSchema } from '../schema/index.ts';

const ofRoom = Type.Object({ room: RoomIdSchema });
const ofUser = Type.Object({ user: UserIdSchema });

/** What `call` may ask for, with its parameters: the same as REST does, by the same function of the api. May be repeated. */
export const calls = {
  'rooms.join': ofRoom,
  'rooms.leave': ofRoom,
  'rooms.remove': Type.Object({ room: RoomIdSchema, user: UserIdSchema }),
  'sessions.close': Type.Object({}),
  'users.disable': ofUser,
  'users.enable': ofUser,
} as const satisfies Record<string, TSchema>;

export type CallName = keyof typeof calls;
export type CallParameters<C extends CallName> = Static<(typeof calls)[C]>;

const validators = new Map(Object.entries(calls).map(([name, schema]) => [name, Compile(schema)]));

/** Refuses what is no command, or has other parameters. */
export function needCall(name: string, parameters: unknown): CallName {
  const validator = validators.get(name);
  if (validator === undefined) throw new Failure('route_not_found', { detail: 'No such command' });
  if (!validator.Check(parameters)) throw new Failure('invalid_request', { detail: `Not the parameters of ${name}` });
  return name as CallName;
}
