import { Failure } from '@gapless/shared/errors';
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

t.test('who waited too long behind changes without an answer is refused, and was never asked for', async (t) => {
  let now = 0;
  const asked: unknown[] = [];
  const changes = createMessageChanges({
    commands: {
      change: async (_name, payload) => {
        asked.push(payload);
        now += 12_000;
        throw new Failure('fate_unknown');
      },
    },
    access: { isMember: () => true },
    userSends: new RateLimiter({ perSecond: 100, burst: 100 }),
    clock: { now: () => now },
  });
  const mine = target();
  const [first, second, elsewhere] = await Promise.allSettled([
    changes.change('messages.delete', mine, {}),
    changes.change('messages.delete', mine, {}),
    changes.change('messages.delete', { ...mine, room: newId<RoomId>() }, {}),
  ]);
  t.match(first, { reason: { code: 'unknown' } });
  t.match(second, { reason: { code: 'unavailable' } });
  t.match(elsewhere, { reason: { code: 'unknown' } }, 'other rooms do not wait');
  t.equal(asked.length, 2);
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
