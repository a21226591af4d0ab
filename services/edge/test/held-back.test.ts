import type { RoomListener } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { heldBackLive } from '../src/held-back.ts';

t.test('what was lost while nobody can say whom to serve is asked about, though that takes too long', async (t) => {
  const counts = { lost: 0, mended: 0 };
  const pending = () => Promise.reject(new Failure('log_unavailable'));
  const listeners: RoomListener[] = [];
  const follow = async (_room: RoomId, listener: RoomListener) => {
    listeners.push(listener);
    return { stop: () => undefined };
  };
  const live = heldBackLive(
    { follow },
    { isCurrent: () => false, pending },
    {
      lost: () => counts.lost++,
      mend: () => counts.mended++,
    },
  );
  const signal = () => undefined;
  await live.follow(newId<RoomId>(), { event: () => t.fail('served'), signal });
  for (let seq = 1; seq < 4; seq++) listeners[0]?.event(seq, seq - 1, new Uint8Array());
  t.same(counts, { lost: 3, mended: 0 });
  await until('the comparison', () => counts.mended === 1, 2_000);
  listeners[0]?.event(4, 3, new Uint8Array());
  await until('another one behind what was lost since', () => counts.mended === 2, 2_000);
});
