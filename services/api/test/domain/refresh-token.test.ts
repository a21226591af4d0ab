import { newId, type SessionId } from '@gapless/shared/schema';
import t from 'tap';
import {
  firstRefreshToken,
  hashOf,
  isGenuine,
  newSessionSecret,
  parseRefreshToken,
  type RefreshToken,
  successorOf,
} from '../../src/domain/accounts/refresh-token.ts';

const session = newId<SessionId>();
const secret = newSessionSecret();
const token = firstRefreshToken(secret, session);
const parsed = parseRefreshToken(token) as RefreshToken;

t.test('a token names its session and is known to it alone', async (t) => {
  t.equal(parsed.session, session);
  t.ok(isGenuine(secret, parsed, token));
  t.notOk(isGenuine(newSessionSecret(), parsed, token));
});

t.test('a token has one successor, which is a token of the same session', async (t) => {
  const next = successorOf(secret, parsed);
  t.equal(successorOf(secret, parsed), next);
  t.not(next, token);
  t.ok(isGenuine(secret, parseRefreshToken(next) as RefreshToken, next));
  t.not(successorOf(newSessionSecret(), parsed), next, 'only the session can tell it');
});

t.test('two sessions never begin alike', async (t) => {
  t.not(firstRefreshToken(secret, session), token);
  t.equal(hashOf(token).length, 43);
});

t.test('what has another shape is no token', async (t) => {
  const [id, bits, tag] = token.split('.') as [string, string, string];
  for (const text of [
    '',
    'a.b.c',
    `${id}.${bits}`,
    `${id}.${bits}.${tag}.x`,
    `*.${bits}.${tag}`,
    `${id}.${bits}x.${tag}`,
  ]) {
    t.equal(parseRefreshToken(text), undefined, text);
  }
});
