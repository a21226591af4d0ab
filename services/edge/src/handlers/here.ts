import type { PresenceReporter } from '../presence-report.ts';
import type { Handler } from './operation.ts';

export interface HereDeps {
  readonly presence: Pick<PresenceReporter, 'touch'>;
}

/** What others are to see of the user as far as this device goes. */
export function createHere({ presence }: HereDeps): Handler<'here'> {
  return (session, { i, as }) => {
    session.here = as;
    presence.touch(session.user);
    session.ok(i);
  };
}
