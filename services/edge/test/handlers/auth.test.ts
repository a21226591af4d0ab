import { newId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { startEdge, wait } from '../start-edge.ts';
import { goodClaims } from '../tokens.ts';

t.test('a session ends with its token', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  await edge.allow(user);
  const client = await edge.greeted(user, { tok: edge.tokenOf(user, 600) });
  t.equal(await client.closed, 4011);
});

t.test('a fresh token of the same user prolongs it, any other is refused and changes nothing', async (t) => {
  const edge = await startEdge(t);
  const user = newId<UserId>();
  await edge.allow(user);
  const client = await edge.greeted(user, { tok: edge.tokenOf(user, 800) });
  client.send({ t: 'auth', i: 1, tok: edge.tokenOf(newId<UserId>()) });
  t.match(await client.next({ i: 1 }), { t: 'err', code: 'forbidden' });
  client.send({ t: 'auth', i: 2, tok: edge.issuer.token(goodClaims(user, -1)) });
  t.match(await client.next({ i: 2 }), { t: 'err', code: 'unauthenticated' });
  client.send({ t: 'auth', i: 3, tok: edge.tokenOf(user) });
  t.match(await client.next({ i: 3 }), { t: 'ok' });
  await wait(1_200);
  client.send({ t: 'ping', i: 4 });
  t.match(await client.next({ i: 4 }), { t: 'pong' });
});
