import { pageSize } from '@gapless/shared/commands';
import { type ClientId, newId, type RoomId } from '@gapless/shared/schema';
import type { History } from '../domain/history.ts';
import type { MessageChanges } from '../domain/message-changes.ts';
import type { Caller, Handlers } from './handler.ts';
import { showMessage, showStored } from './show.ts';

export interface MessageDeps {
  readonly history: History;
  readonly messageChanges: MessageChanges;
}

type MessageCommand = 'messages.list' | 'messages.edit' | 'messages.delete' | 'messages.react' | 'messages.unreact';

interface Asked {
  readonly room: RoomId;
  readonly sequence: number;
  readonly clientId?: ClientId;
}

export function messageHandlers({ history, messageChanges }: MessageDeps): Handlers<MessageCommand> {
  const target = ({ user }: Caller, { room, sequence, clientId = newClientId() }: Asked) => {
    return { user, room, message: sequence, clientId };
  };
  return {
    'messages.list': async ({ user }, { room, before, after, limit = pageSize }) => {
      const { items, ...rest } = await history.page(user, room, { before, after, limit });
      return { items: items.map(showMessage), ...rest };
    },
    'messages.edit': async (caller, asked) =>
      showStored(await messageChanges.edit({ ...target(caller, asked), text: asked.body.text })),
    'messages.delete': async (caller, asked) => showStored(await messageChanges.delete(target(caller, asked))),
    'messages.react': async (caller, asked) =>
      showStored(await messageChanges.react({ ...target(caller, asked), emoji: asked.emoji, on: true })),
    'messages.unreact': async (caller, asked) =>
      showStored(await messageChanges.react({ ...target(caller, asked), emoji: asked.emoji, on: false })),
  };
}

/** Who names none asks for something of its own each time. */
const newClientId = (): ClientId => newId<never>() as ClientId;
