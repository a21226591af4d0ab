import { Failure } from '@gapless/shared/errors';
import t from 'tap';
import { ChangeOrder } from '../src/change-order.ts';

t.test('who waited too long behind changes without an answer is refused, and was never asked for', async (t) => {
  let now = 0;
  const order = new ChangeOrder({ now: () => now });
  const asked: string[] = [];
  const ask = (what: string) => async () => {
    asked.push(what);
    now += 12_000;
    throw new Failure('fate_unknown');
  };
  const [first, second, elsewhere] = await Promise.allSettled([
    order.follow('a', ask('first')),
    order.follow('a', ask('second')),
    order.follow('b', ask('elsewhere')),
  ]);
  t.match(first, { reason: { code: 'unknown' } });
  t.match(second, { reason: { code: 'unavailable', retryMs: 1_000 } });
  t.match(elsewhere, { reason: { code: 'unknown' } }, 'other lanes do not wait');
  t.same(asked, ['first', 'elsewhere']);
});
