import type { AppEvents } from '../domain/messages/app-events.ts';
import type { Handlers } from './handler.ts';
import { showStored } from './show.ts';

export interface AdminEventDeps {
  readonly appEvents: AppEvents;
}

export const adminEventHandlers = ({ appEvents }: AdminEventDeps): Handlers<'events.publish' | 'events.tell'> => ({
  'events.publish': async (actor, { room, ...news }) => showStored(await appEvents.publish(actor, room, news)),
  'events.tell': (actor, { user, ...news }) => appEvents.tell(actor, user, news),
});
