import { maxResumedRooms } from '@gapless/shared/protocol';
import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { createHelloParts, type HelloFrame } from '../src/hello-parts.ts';
import { fakeSession } from './fake-session.ts';

const cursors = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, () => [newId<RoomId>(), 1]));

const hello = (fields: Omit<HelloFrame, 't'> = {}): HelloFrame => ({ t: 'hello', ...fields });

t.test('a part is added to what came before it, which is not copied for it', async (t) => {
  const parts = createHelloParts();
  const { session } = fakeSession();
  const [a, b] = [newId<RoomId>(), newId<RoomId>()];
  const first = parts.gather(session, hello({ i: 1, tok: 'token', since: { [a]: 1, [b]: 2 }, more: 1 }));
  const second = parts.gather(session, hello({ since: { [b]: 3 }, more: 1 }));
  t.equal(second, first);
  t.equal(second.since, first.since);
  const whole = parts.gather(session, hello({ i: 2 }));
  t.same(whole, { t: 'hello', i: 2, tok: 'token', since: { [a]: 1, [b]: 3 } }, 'what a later part repeats counts');
  const next = hello({ i: 3 });
  t.equal(parts.gather(session, next), next, 'the last one took all along');
});

t.test('rooms are counted once, and one too many forgets all', async (t) => {
  const parts = createHelloParts();
  const { session } = fakeSession();
  const since = cursors(maxResumedRooms);
  for (let n = 0; n < 2; n++) parts.gather(session, hello({ since, more: 1 }));
  t.throws(() => parts.gather(session, hello({ since: cursors(1), more: 1 })), { code: 'bad_frame' });
  const whole = parts.gather(session, hello({ since: cursors(1) }));
  t.equal(Object.keys(whole.since ?? {}).length, 1);
});

t.test('what is forgotten is that hello, and none that has begun since', async (t) => {
  const parts = createHelloParts();
  const { session } = fakeSession();
  const old = parts.gather(session, hello({ tok: 'old', more: 1 }));
  parts.forget(session, old);
  t.equal(parts.gather(session, hello({ since: cursors(1), more: 1 })).tok, undefined);
  parts.gather(session, hello({ tok: 'new', more: 1 }));
  parts.forget(session, old);
  t.equal(parts.gather(session, hello()).tok, 'new');
  parts.gather(session, hello({ tok: 'newest', more: 1 }));
  parts.forget(session);
  t.equal(parts.gather(session, hello()).tok, undefined);
});
