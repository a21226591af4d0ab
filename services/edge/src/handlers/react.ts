import { refuseUnfitEmoji } from '@gapless/shared/protocol';
import type { MessageChanges } from '../message-changes.ts';
import type { Handler } from './operation.ts';

export interface ReactDeps {
  readonly changes: MessageChanges;
}

export function createReact({ changes }: ReactDeps): Handler<'react'> {
  return async (session, { i, r: room, m: message, c: clientId, e: emoji, on }) => {
    refuseUnfitEmoji(emoji);
    const target = { room, user: session.user, message, clientId };
    session.stored(i, await changes.change('messages.react', target, { emoji, on: on === 1 }));
  };
}
