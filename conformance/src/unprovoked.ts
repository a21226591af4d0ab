/** What no client can bring about from outside with the tokens of two users, why not, and the test of the project that does. */
export const unprovoked: Readonly<Record<string, string>> = {
  'frame notice': 'only an admin says it: services/edge/test/inbox.real.test.ts',
  'frame app': 'only a back end with a key publishes it: services/api/test/admin-commands.real.test.ts',
  'frame link': 'needs an installation that fetches previews: services/log-worker/test/previews',
  'frame bye': 'the edge must stop: services/edge/test/drain.real.test.ts',
  'error busy': 'the edge must have more to do than it can: services/edge/test/gates.real.test.ts',
  'error unavailable': 'something must be away: test/engines-away.e2e.test.ts',
  'error unknown': 'the log must fall silent: test/exactly-once.e2e.test.ts',
  'error internal': 'a fault: services/edge/test/handlers/send.test.ts',
  'close 1012': 'the edge must stop: services/edge/test/drain.real.test.ts',
  'close 1013': 'the log must be away during hello: services/edge/test/handlers/hello.test.ts',
  'close 4008': 'takes 30 s without reading: services/edge/test/slow-client.real.test.ts',
  'close 4011': 'a token must end, 15 minutes: services/edge/test/session.test.ts',
  'close 4403': 'kept for later: no edge closes with it',
  'handshake 403': 'depends on the list of origins: services/edge/test/upgrade.test.ts',
  'handshake 429': 'takes more sockets than one should open: services/edge/test/upgrade.test.ts',
  'handshake 503': 'the edge must stop: services/edge/test/upgrade.test.ts',
  'limit frames of one socket in work at once':
    'the rate of frames refuses before: services/edge/test/handlers/send.test.ts',
  'limit bytes that wait for a slow reader':
    'how much the kernel takes is not known: services/edge/test/slow-client.real.test.ts',
  'limit time in which a slow reader takes nothing': 'takes 30 s: services/edge/test/slow-client.real.test.ts',
  'limit reads of missed events for one user on one edge':
    'takes some thousand rooms: services/edge/test/rate-limiter.test.ts',
  'transition greeting refuses': 'too short to be met for sure: services/edge/test/handlers/hello.test.ts',
  'transition ready to closed by a token that ends': 'takes 15 minutes: services/edge/test/session.test.ts',
  'transition ready to closed by a session that ends': 'would end the token it was given: test/revocation.e2e.test.ts',
  'transition ready, sent away, closed': 'the edge must stop: services/edge/test/drain.real.test.ts',
};
