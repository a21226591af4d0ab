import { createMemoryBus } from '@gapless/shared/bus';
import { maxSignalBytes } from '@gapless/shared/protocol';
import { newId, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { clientId, startEdge, type TestEdge, wait } from '../start-edge.ts';
import type { TestClient } from '../test-client.ts';
import { goodClaims } from '../tokens.ts';

/** Two edges, on which ann may know of ben, and nobody of anybody else. */
async function aCall(t: Test) {
  const bus = createMemoryBus();
  const edges = [await startEdge(t, {}, bus), await startEdge(t, {}, bus)] as const;
  const [ann, ben, stranger] = [newId<UserId>(), newId<UserId>(), newId<UserId>()];
  for (const user of [ann, ben, stranger]) await edges[0].allow(user);
  const asked: string[] = [];
  bus.commands.serve('presence.watchable', async (query) => {
    const { u, us } = query as { u: UserId; us: UserId[] };
    asked.push(u);
    return { w: u === stranger ? [] : us.filter((user) => user !== stranger).map((user) => [user]) };
  });
  let i = 0;
  const ask = (client: TestClient, frame: Record<string, unknown>) => {
    client.send({ t: 'sig', i: ++i, ...frame });
    return client.next({ i });
  };
  return { edges, ann, ben, stranger, asked, ask };
}

/** Each device is a session of its own. */
const device = (edge: TestEdge, user: UserId) =>
  edge.greeted(user, { tok: edge.issuer.token({ ...goodClaims(user), sid: newId() }) });

const heard = ({ frames }: TestClient) => frames.filter(({ t }) => t === 'sig');

t.test('every device of the other one rings, on whichever edge, and one of them is answered', async (t) => {
  const { edges, ann, ben, asked, ask } = await aCall(t);
  const [first, second] = edges;
  const caller = await device(first, ann);
  const [phone, desk] = [await device(first, ben), await device(second, ben)];
  const c = clientId();
  const offer = { k: 'offer', sdp: 'v=0 안녕' };
  // An edge that has just started cannot tell who is here.
  for (const client of [caller, desk]) {
    await until(
      'it is known who is here',
      async () => (await ask(client, { to: ben, sid: newId(), d: {} })).t === 'ok',
    );
  }
  await until('ben is seen online', async () => (await ask(caller, { to: ben, c, d: offer }))['on'] === 1);
  const sids = [caller, phone, desk].map(({ frames }) => frames.find(({ t }) => t === 'hi')?.['sid']);
  for (const client of [phone, desk]) {
    t.same(await client.next({ t: 'sig' }), { t: 'sig', u: ann, sid: sids[0], c, d: offer });
  }
  const before = [heard(phone).length, heard(desk).length];

  t.match(await ask(desk, { to: ann, sid: sids[0], c, d: { k: 'answer' } }), { t: 'ok' });
  t.same(await caller.next({ t: 'sig' }), { t: 'sig', u: ben, sid: sids[2], c, d: { k: 'answer' } });
  t.match(await ask(desk, { to: ben, c, d: { k: 'taken' } }), { t: 'ok', on: 1 });
  t.match(await phone.next((frame) => (frame['d'] as { k?: string })?.k === 'taken'), { u: ben, sid: sids[2] });

  for (let n = 0; n < 20; n++) caller.send({ t: 'sig', to: ben, sid: sids[2], c, d: { k: 'candidate', n } });
  await desk.next((frame) => (frame['d'] as { n?: number })?.n === 19);
  const candidates = heard(desk).flatMap(({ d }) => (d as { n?: number }).n ?? []);
  t.same(candidates, [...Array(20).keys()], 'in the order in which they were sent');
  await wait(100);
  t.equal(heard(phone).length, (before[0] as number) + 1, 'the other device hears `taken` and nothing of that');
  t.equal(heard(desk).filter(({ d }) => (d as { k: string }).k === 'taken').length, 0, 'nor who said it');
  t.ok(asked.filter((user) => user === ann).length <= 2, 'nobody is asked for each signal');
});

t.test('strangers get one answer, whoever the other one is; he hears nothing', async (t) => {
  const { edges, ben, stranger, ask } = await aCall(t);
  const [outside, bens] = [await edges[0].greeted(stranger), await edges[0].greeted(ben)];
  await wait(1_100);
  const answers = [];
  for (const to of [ben, newId<UserId>()]) {
    const { i: _, ...answer } = await ask(outside, { to, d: { k: 'offer' } });
    answers.push(answer);
  }
  t.match(answers[0], { t: 'err', code: 'not_found' });
  t.same(answers[0], answers[1]);
  for (const frame of [{ to: '*' }, { d: 'x' }, { d: [] }, { d: null }, { c: 'x' }, { sid: '>' }, { to: undefined }]) {
    const refused = await ask(outside, { to: ben, d: {}, ...frame });
    t.match(refused, { t: 'err', code: 'bad_frame' }, JSON.stringify(frame));
  }
  t.same(heard(bens), []);
});

t.test('what is too long or too much is refused; who is not there is not online', async (t) => {
  const { edges, ann, ben, ask } = await aCall(t);
  const caller = await edges[0].greeted(ann);
  await until('it is known who is here', async () => (await ask(caller, { to: ben, d: {} })).t === 'ok');
  t.match(await ask(caller, { to: ben, d: {} }), { t: 'ok', on: 0 });
  const fits = 'x'.repeat(maxSignalBytes - JSON.stringify({ sdp: '' }).length);
  t.match(await ask(caller, { to: ben, d: { sdp: fits } }), { t: 'ok' });
  t.match(await ask(caller, { to: ben, d: { sdp: `${fits}x` } }), { t: 'err', code: 'too_large' });
  t.match(await ask(caller, { to: ben, d: { sdp: fits.slice(4).replace('x', '안') } }), { t: 'ok' });
  for (let n = 0; n < 150; n++) caller.send({ t: 'sig', to: ben, d: { n } });
  t.match(await ask(caller, { to: ben, d: {} }), { t: 'err', code: 'rate_limited' });
  t.equal((await edges[0].bus.receipts.state())?.last, 0, 'nothing is stored');
});
