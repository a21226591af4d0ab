import { TokenBucket } from '@gapless/shared/rates';
import t from 'tap';
import { RateLimiter } from '../src/rate-limiter.ts';

t.test('a burst passes, then as many as the rate allows', async (t) => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
  t.same(
    [0, 0, 0].map(() => bucket.take(0)),
    [0, 0, 0],
  );
  t.equal(bucket.take(0), 100, 'says when to come back');
  t.equal(bucket.take(99), 1);
  t.equal(bucket.take(100), 0);
  t.not(bucket.take(100), 0);
});

t.test('silence earns a burst and no more', async (t) => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, 0);
  bucket.take(0);
  t.same(
    [1, 2, 3].map(() => bucket.take(60_000) > 0),
    [false, false, true],
  );
});

t.test('a clock that is set back neither gives nor takes', async (t) => {
  const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 10_000);
  bucket.take(10_000);
  t.ok(bucket.take(1_000) > 0);
  t.equal(bucket.take(2_000), 0);
});

t.test('keys have their own buckets, which are forgotten only when full', async (t) => {
  const limiter = new RateLimiter<string>({ perSecond: 1, burst: 1 });
  t.equal(limiter.take('a', 0), 0);
  t.equal(limiter.take('b', 0), 0);
  t.equal(limiter.take('a', 0), 1_000);
  limiter.prune(500);
  t.equal(limiter.size, 2, 'coming back does not reset a limit');
  limiter.prune(1_000);
  t.equal(limiter.size, 0);
});
