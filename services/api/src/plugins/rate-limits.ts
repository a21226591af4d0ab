import rateLimit from '@fastify/rate-limit';
import { Failure } from '@gapless/shared/errors';
import fp from 'fastify-plugin';

const windowMs = 60_000;

/** By address, in this process; what guards one account against the whole network is `domain/accounts/attempts.ts`. */
export const rateLimits = fp<{ perMinute: number }>(async (app, { perMinute }) => {
  await app.register(rateLimit, {
    max: perMinute,
    timeWindow: windowMs,
    // RateLimit-Limit, -Remaining, -Reset.
    enableDraftSpec: true,
    errorResponseBuilder: (_request, { ttl }) => new Failure('rate_limited', { retryMs: ttl }),
  });
});

const picturesPerRequest = 10;

/** Of what pages load by the dozen, counted for itself: many pictures refuse nobody a log-in or a message. */
export const pictureLimit = (perMinute: number) => ({
  rateLimit: { max: picturesPerRequest * perMinute, timeWindow: windowMs, groupId: 'pictures' },
});

/** A stricter limit, counted for itself, for routes that cost a password hash. */
export const strictLimit = (perMinute: number) => ({
  rateLimit: { max: perMinute, timeWindow: windowMs, groupId: 'log-in' },
});
