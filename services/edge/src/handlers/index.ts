import type { ClientOp } from '@gapless/shared/protocol';
import type { Phase } from '../session.ts';
import { type AuthDeps, createAuth } from './auth.ts';
import { type CallDeps, createCall } from './call.ts';
import { createDel, type DelDeps } from './del.ts';
import { createEdit, type EditDeps } from './edit.ts';
import { createHello, type HelloDeps } from './hello.ts';
import { createHere, type HereDeps } from './here.ts';
import { createHist, type HistDeps } from './hist.ts';
import { createJoin, type JoinDeps } from './join.ts';
import { createLeave, type LeaveDeps } from './leave.ts';
import type { Handler, Operation } from './operation.ts';
import { createPing, type PingDeps } from './ping.ts';
import { createReact, type ReactDeps } from './react.ts';
import { createRead, type ReadDeps } from './read.ts';
import { createRecv, type RecvDeps } from './recv.ts';
import { createSend, type SendDeps } from './send.ts';
import { createSig, type SigDeps } from './sig.ts';
import { createTyping, type TypingDeps } from './typing.ts';
import { createUnwatch, createWatch, type WatchDeps } from './watch.ts';
import { createWhisper, type WhisperDeps } from './whisper.ts';

export type HandlerDeps = AuthDeps &
  CallDeps &
  DelDeps &
  EditDeps &
  ReactDeps &
  HelloDeps &
  HereDeps &
  HistDeps &
  JoinDeps &
  LeaveDeps &
  PingDeps &
  ReadDeps &
  RecvDeps &
  SendDeps &
  SigDeps &
  TypingDeps &
  WatchDeps &
  WhisperDeps;
export type Handlers = Readonly<Record<ClientOp, Operation>>;

/** What a client may do, and when. */
export function createHandlers(deps: HandlerDeps): Handlers {
  return {
    hello: on(['new'], createHello(deps)),
    ping: on(['new', 'greeting', 'ready'], createPing(deps)),
    auth: on(['ready'], createAuth(deps)),
    join: on(['ready'], createJoin(deps)),
    leave: on(['ready'], createLeave(deps)),
    send: on(['ready'], createSend(deps)),
    whisper: on(['ready'], createWhisper(deps)),
    hist: on(['ready'], createHist(deps)),
    edit: on(['ready'], createEdit(deps)),
    del: on(['ready'], createDel(deps)),
    react: on(['ready'], createReact(deps)),
    read: on(['ready'], createRead(deps)),
    recv: on(['ready'], createRecv(deps)),
    typing: on(['ready'], createTyping(deps)),
    here: on(['ready'], createHere(deps)),
    watch: on(['ready'], createWatch(deps)),
    unwatch: on(['ready'], createUnwatch(deps)),
    sig: on(['ready'], createSig(deps)),
    call: on(['ready'], createCall(deps)),
  };
}

/** The codec has matched the frame with its operation already. */
const on = <T extends ClientOp>(phases: readonly Phase[], handler: Handler<T>): Operation => ({
  phases,
  run: handler as Operation['run'],
});

export type { Handler, Operation } from './operation.ts';
