import { Check } from 'typebox/value';
import { authCommands } from './auth.ts';
import { blockCommands } from './blocks.ts';
import type { Contract, OutcomeOf, ParametersOf } from './contract.ts';
import { fileCommands } from './files.ts';
import { inboxCommands } from './inbox.ts';
import { invitationCommands } from './invitations.ts';
import { memberCommands } from './members.ts';
import { mentionCommands } from './mentions.ts';
import { messageCommands } from './messages.ts';
import { profileCommands } from './profiles.ts';
import { reportCommands } from './reports.ts';
import { roomCommands } from './rooms.ts';
import { userCommands } from './users.ts';
import { isWellFormed } from './well-formed.ts';

/** Every command, once: REST, sockets, permissions and documents are made from this table. */
export const commands = {
  ...authCommands,
  ...profileCommands,
  ...blockCommands,
  ...userCommands,
  ...roomCommands,
  ...memberCommands,
  ...invitationCommands,
  ...inboxCommands,
  ...messageCommands,
  ...fileCommands,
  ...mentionCommands,
  ...reportCommands,
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
/** What a `call` may name. */
export type Callable = Exclude<CommandName, OpenCommand | RestCommand>;

export const contractOf = (name: CommandName): Contract => commands[name];

export const isCallable = (name: string): name is Callable =>
  Object.hasOwn(commands, name) && isServedToSockets(contractOf(name as CommandName));

const isServedToSockets = ({ session, bodyBytes }: Contract): boolean =>
  session === undefined && bodyBytes === undefined;

export * from './answers.ts';
export * from './contract.ts';
export { FileLinkSchema, maxInlineImageBytes } from './files.ts';
export * from './permissions.ts';
export * from './problems.ts';
export * from './sample.ts';
export * from './well-formed.ts';
