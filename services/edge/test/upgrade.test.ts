import { newId, type SessionId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { addressGroup, createClientAddress } from '../src/client-address.ts';
import { createUpgrade, type UpgradeDeps } from '../src/upgrade.ts';

const identity = { user: newId<UserId>(), sid: newId<SessionId>(), epoch: 0, expiresAt: Number.MAX_SAFE_INTEGER };
const plain = { address: '192.0.2.1', origin: '', authorization: '', subprotocols: 'gapless.v1' };
const upgrade = (over: Partial<UpgradeDeps> = {}) =>
  createUpgrade({
    tokens: { verify: (token) => (token === 'good' ? identity : undefined), isForeign: (token) => token === 'foreign' },
    allowedOrigins: ['https://chat.example'],
    admits: () => true,
    closedFor: () => undefined,
    isOverloaded: () => false,
    ...over,
  });

t.test('a token may come in either header, or later', async (t) => {
  t.match(upgrade()(plain), { ok: true, identity: undefined, subprotocol: 'gapless.v1' });
  t.match(upgrade()({ ...plain, authorization: 'Bearer good' }), { ok: true, identity });
  t.match(upgrade()({ ...plain, subprotocols: 'bearer.good, gapless.v1' }), {
    ok: true,
    identity,
    subprotocol: 'gapless.v1',
  });
  t.match(upgrade()({ ...plain, subprotocols: '' }), { ok: true, subprotocol: '' });
});

t.test('another issuer’s token is judged when the socket says hello', async (t) => {
  const unjudged = { ok: true, identity: undefined, unjudged: 'foreign' };
  t.match(upgrade()({ ...plain, authorization: 'Bearer foreign' }), unjudged);
  t.match(upgrade()({ ...plain, subprotocols: 'bearer.foreign, gapless.v1' }), unjudged);
  t.match(upgrade()({ ...plain, authorization: 'Bearer good' }), { identity, unjudged: undefined });
});

t.test('each refusal has its status', async (t) => {
  t.match(upgrade()({ ...plain, authorization: 'Bearer bad' }), { ok: false, status: 401, code: 'unauthenticated' });
  t.match(upgrade()({ ...plain, authorization: 'Basic good' }), { ok: false, status: 401 });
  t.match(upgrade()({ ...plain, subprotocols: 'gapless.v1, bearer.bad' }), { ok: false, status: 401 });
  t.match(upgrade()({ ...plain, subprotocols: 'graphql-ws' }), { ok: false, status: 400 });
  t.match(upgrade()({ ...plain, origin: 'https://evil.example' }), { ok: false, status: 403, code: 'forbidden' });
  t.match(upgrade()({ ...plain, origin: 'https://chat.example.evil' }), { ok: false, status: 403 });
  t.match(upgrade({ admits: () => false })(plain), { ok: false, status: 429, code: 'rate_limited' });
  t.match(upgrade({ closedFor: () => 'stopping' })(plain), { ok: false, status: 503, code: 'unavailable' });
  t.match(upgrade({ isOverloaded: () => true })(plain), { ok: false, status: 503, code: 'busy' });
});

t.test('origins: the listed ones, all where none is listed, none at all from native clients', async (t) => {
  t.match(upgrade()({ ...plain, origin: 'https://chat.example' }), { ok: true });
  t.match(upgrade({ allowedOrigins: [] })({ ...plain, origin: 'https://any.example' }), { ok: true });
});

t.test('no signature is checked for who is refused anyway', async (t) => {
  const tokens = { verify: () => t.fail('verified') as never, isForeign: () => t.fail('judged') as never };
  upgrade({ tokens, admits: () => false })({ ...plain, authorization: 'Bearer good' });
});

t.test('behind trusted proxies the address is the last one that they did not add', async (t) => {
  const direct = createClientAddress([]);
  t.equal(direct('192.0.2.1', '198.51.100.7'), '192.0.2.1', 'a forged header counts for nothing');
  t.equal(direct('0000:0000:0000:0000:0000:ffff:c000:0201', ''), '192.0.2.1');
  const proxied = createClientAddress(['10.0.0.0/8', '192.0.2.1']);
  t.equal(proxied('192.0.2.1', '203.0.113.9, 198.51.100.7, 10.1.2.3'), '198.51.100.7');
  t.equal(proxied('192.0.2.1', ''), '192.0.2.1');
  t.equal(proxied('192.0.2.1', 'nonsense'), '192.0.2.1');
  t.equal(proxied('203.0.113.1', '198.51.100.7'), '203.0.113.1');
  t.throws(() => createClientAddress(['10.0.0.0/99']), /GAPLESS_TRUSTED_PROXIES/);
});

t.test('a network of IPv6 addresses counts as one client', async (t) => {
  t.equal(addressGroup('192.0.2.1'), '192.0.2.1');
  t.equal(addressGroup('2001:0db8:0000:0001:0000:0000:0000:0001'), '2001:db8:0:1');
  t.equal(addressGroup('2001:db8:0:1::99'), '2001:db8:0:1');
  t.equal(addressGroup('2001:db8::1'), '2001:db8:0:0');
  t.equal(addressGroup('::1'), '0:0:0:0');
});
