import type { PresenceReporter } from '../presence-report.ts';
import type { Handler } from './operation.ts';

export interface HereDeps {
  readonly presence: Pick<PresenceReporter, 'touch'>;
}

/** The user is at this device, or not: others see him online or away. */
export function createHere({ presence }: HereDeps): Handler<'here'> {
  return (session, { i, on }) => {
    session.away = on === 0;
    presence.touch(session.user);
    session.ok(i);
  };
}
