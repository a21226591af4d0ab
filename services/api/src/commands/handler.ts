import type {
  AdminCommand,
  Callable,
  CommandName,
  OpenCommand,
  Outcome,
  Parameters,
  RestCommand,
} from '@gapless/shared/commands';
import type { SessionId, UserId } from '@gapless/shared/schema';
import type { Actor } from '../domain/admin/actor.ts';

/** Who asks, as his session says; never as he says. */
export interface Caller {
  readonly user: UserId;
  readonly session: SessionId;
}

/** Who asks where no session is needed. */
export interface Visitor {
  readonly caller: Caller | undefined;
  readonly address: string;
  /** What his program calls itself. */
  readonly agent: string;
}

/** Carries one command out, for whoever asks by whatever way. */
export type Handler<C extends CommandName> = (
  from: C extends OpenCommand ? Visitor : C extends AdminCommand ? Actor : Caller,
  parameters: Parameters<C>,
) => Outcome<C>;

export type Handlers<C extends CommandName> = { readonly [N in C]: Handler<N> };
export type CallHandlers = Handlers<Callable>;
export type RestHandlers = Handlers<RestCommand>;
export type AdminHandlers = Handlers<AdminCommand>;
export type OpenHandlers = Handlers<OpenCommand>;
