import { type Limits, refuseUnfitEdit } from '@gapless/shared/protocol';
import type { MessageChanges } from '../message-changes.ts';
import type { Handler } from './operation.ts';

export interface EditDeps {
  readonly changes: MessageChanges;
  readonly limits: Limits;
}

export function createEdit({ changes, limits }: EditDeps): Handler<'edit'> {
  return async (session, { i, r: room, m: message, c: clientId, b: body }) => {
    refuseUnfitEdit(body, limits.text);
    const target = { room, user: session.user, message, clientId };
    session.stored(i, await changes.change('messages.edit', target, { body }));
  };
}
