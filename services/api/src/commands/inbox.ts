import { pageSize } from '@gapless/shared/commands';
import type { InboxEvent } from '@gapless/shared/schema';
import type { Inbox, InboxItem } from '../domain/reading/inbox.ts';
import type { Handlers } from './handler.ts';

export interface InboxDeps {
  readonly inbox: Inbox;
}

export const inboxHandlers = ({ inbox }: InboxDeps): Handlers<'me.inbox'> => ({
  'me.inbox': async ({ user }, { before, limit = pageSize }) => {
    const { items, ...rest } = await inbox.page(user, { before, limit });
    return { items: items.map(showItem), ...rest };
  },
});

const showItem = ({ seq, event }: InboxItem) => ({
  sequence: seq,
  kind: event.t,
  user: event.u,
  at: new Date(event.at).toISOString(),
  ...details(event),
});

/** Of a kind that a newer version wrote nothing more is known. */
function details(event: InboxEvent) {
  switch (event.t) {
    case 'mention':
      return { room: event.in, message: event.m, ...(event.all === 1 ? { all: true as const } : {}) };
    case 'reply':
      return { room: event.in, message: event.m };
    case 'notify':
      return event.in === undefined ? {} : { room: event.in };
    case 'invite':
      return { room: event.in, invitation: event.id };
    case 'added':
      return { room: event.in };
    case 'out':
      return { room: event.in, how: event.op };
    case 'notice':
      return { text: event.text };
    default:
      return {};
  }
}
