import { type ClientId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { createMessageChanges } from '../src/message-changes.ts';
import { RateLimiter } from '../src/rate-limiter.ts';
import { clientId } from './start-edge.ts';

const target = () => ({
  room: newId<RoomId>(),
  user: newId<UserId>(),
  message: 5,
  clientId: clientId() as ClientId,
});

t.test('changes count against the rate of sends', async (t) => {
  const changes = createMessageChanges({
    commands: { change: async () => ({ seq: 1, at: 1, duplicate: false }) },
    access: { isMember: () => true },
    userSends: new RateLimiter({ perSecond: 1, burst: 1 }),
    clock: { now: () => 0 },
  });
  const mine = target();
  await changes.change('messages.edit', mine, { body: { text: 'x' } });
  t.throws(() => changes.change('messages.edit', mine, { body: { text: 'x' } }), {
    code: 'rate_limited',
    retryMs: 1_000,
  });
});
