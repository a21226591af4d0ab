import type { TypingSignals } from '../typing-signals.ts';
import type { WriteGate } from '../write-gate.ts';
import type { Handler } from './operation.ts';

export interface TypingDeps {
  readonly gate: Pick<WriteGate, 'ready' | 'check'>;
  readonly typing: Pick<TypingSignals, 'tell'>;
}

export function createTyping({ gate, typing }: TypingDeps): Handler<'typing'> {
  return async (session, { i, r: room, on }) => {
    await gate.ready(session.user, room);
    gate.check(session.user, room, 'add');
    typing.tell(session, room, on);
    session.ok(i);
  };
}
