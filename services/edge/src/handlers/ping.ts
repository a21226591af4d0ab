import type { Clock } from '@gapless/shared/runtime';
import type { Handler } from './operation.ts';

export interface PingDeps {
  readonly clock: Clock;
}

export function createPing({ clock }: PingDeps): Handler<'ping'> {
  return (session, { i }) => session.send({ t: 'pong', ...(i === undefined ? {} : { i }), now: clock.now() });
}
