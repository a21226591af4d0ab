import type { MessageChanges } from '../message-changes.ts';
import type { Handler } from './operation.ts';

export interface DelDeps {
  readonly changes: MessageChanges;
}

export function createDel({ changes }: DelDeps): Handler<'del'> {
  return async (session, { i, r: room, m: message, c: clientId }) => {
    const target = { room, user: session.user, message, clientId };
    session.stored(i, await changes.change('messages.delete', target, {}));
  };
}
