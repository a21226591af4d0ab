import { Check } from 'typebox/value';
import { adminAuditCommands } from './admin-audit.ts';
import { adminEventCommands } from './admin-events.ts';
import { adminKeyCommands } from './admin-keys.ts';
import { adminMessageCommands } from './admin-messages.ts';
import { adminNoticeCommands } from './admin-notices.ts';
import { adminOperationCommands } from './admin-operations.ts';
import { adminRoomCommands } from './admin-rooms.ts';
import { adminUserCommands } from './admin-users.ts';
import { authCommands } from './auth.ts';
import { blockCommands } from './blocks.ts';
import type { Contract, Door, OutcomeOf, ParametersOf } from './contract.ts';
import { fileCommands } from './files.ts';
import { inboxCommands } from './inbox.ts';
import { invitationCommands } from './invitations.ts';
import { memberCommands } from './members.ts';
import { mentionCommands } from './mentions.ts';
import { messageCommands } from './messages.ts';
import { notificationCommands } from './notifications.ts';
import { profileCommands } from './profiles.ts';
import { reportCommands } from './reports.ts';
import { roomCommands } from './rooms.ts';
import { scopeOf } from './scopes.ts';
import { searchCommands } from './search.ts';
import { userCommands } from './users.ts';
import { isWellFormed } from './well-formed.ts';

/** Every command, once: REST, sockets, permissions and documents are made from this table. */
export const commands = {
  ...authCommands,
  ...profileCommands,
  ...blockCommands,
  ...userCommands,
  ...adminUserCommands,
  ...adminRoomCommands,
  ...adminMessageCommands,
  ...roomCommands,
  ...memberCommands,
  ...invitationCommands,
  ...inboxCommands,
  ...messageCommands,
  ...fileCommands,
  ...mentionCommands,
  ...notificationCommands,
  ...reportCommands,
  ...searchCommands,
  ...adminKeyCommands,
  ...adminOperationCommands,
  ...adminNoticeCommands,
  ...adminEventCommands,
  ...adminAuditCommands,
};

type Commands = typeof commands;
export type CommandName = keyof Commands;
export type Parameters<C extends CommandName> = ParametersOf<Commands[C]>;
export type Outcome<C extends CommandName> = OutcomeOf<Commands[C]>;

export const fits = (name: CommandName, parameters: unknown): boolean =>
  Check(contractOf(name).parameters, parameters) && isWellFormed(parameters);

/** Name under which the api serves it to edges. */
export const callSubject = (name: Callable): string => `call.${name}`;

/** For who has no session yet, or is about to lose it. */
export type OpenCommand = {
  [C in CommandName]: Commands[C] extends { readonly session: 'none' | 'optional' } ? C : never;
}[CommandName];
/** Too large for a frame. */
export type RestCommand = {
  [C in CommandName]: Commands[C] extends { readonly bodyBytes: number } ? C : never;
}[CommandName];
/** Served on the admin listener only. */
export type AdminCommand = {
  [C in CommandName]: Commands[C] extends { readonly door: 'admin' } ? C : never;
}[CommandName];
/** What a `call` may name. */
export type Callable = Exclude<CommandName, OpenCommand | RestCommand | AdminCommand>;

export const contractOf = (name: CommandName): Contract => commands[name];

export const doorOf = (contract: Contract): Door => contract.door ?? 'public';

/** What a listener serves: that of admins also what keys ask for in the name of users. */
export const commandsOf = (door: Door): [CommandName, Contract][] =>
  (Object.entries<Contract>(commands) as [CommandName, Contract][]).filter(
    ([, contract]) => doorOf(contract) === door || (door === 'admin' && scopeOf(contract) !== undefined),
  );

export const isCallable = (name: string): name is Callable =>
  Object.hasOwn(commands, name) && isServedToSockets(contractOf(name as CommandName));

const isServedToSockets = (contract: Contract): boolean =>
  contract.session === undefined && contract.bodyBytes === undefined && doorOf(contract) === 'public';

export * from './answers.ts';
export * from './contract.ts';
export { FileLinkSchema, maxInlineImageBytes } from './files.ts';
export * from './permissions.ts';
export * from './problems.ts';
export * from './sample.ts';
export * from './scopes.ts';
export * from './well-formed.ts';
