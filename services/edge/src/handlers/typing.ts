import { Failure } from '@gapless/shared/errors';
import type { RoomAccessCache } from '../room-access.ts';
import type { TypingSignals } from '../typing-signals.ts';
import type { Handler } from './operation.ts';

export interface TypingDeps {
  readonly access: Pick<RoomAccessCache, 'isMember'>;
  readonly typing: Pick<TypingSignals, 'tell'>;
}

export function createTyping({ access, typing }: TypingDeps): Handler<'typing'> {
  return async (session, { i, r: room, on }) => {
    if (!(await access.isMember(session.user, room))) throw new Failure('not_member');
    typing.tell(session, room, on);
    session.ok(i);
  };
}
