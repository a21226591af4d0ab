import { createMemoryBus } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t, { type Test } from 'tap';
import { clientId, startEdge, wait } from '../start-edge.ts';

type Asked = Record<string, unknown> & { command: string };

const numberIn = (body: unknown): number => Number((body as { text: string }).text);

/** An edge with a member on it, and what of his changes reaches the api. */
async function member(t: Test, answer: (asked: Asked) => unknown = () => ({ seq: 7, at: 4_711, duplicate: false })) {
  const bus = createMemoryBus();
  const asked: Asked[] = [];
  for (const command of ['messages.edit', 'messages.delete', 'messages.react']) {
    bus.commands.serve(command, async (payload) => {
      const one = { command, ...(payload as object) };
      asked.push(one);
      return answer(one);
    });
  }
  const edge = await startEdge(t, {}, bus);
  const [user, room] = [newId<UserId>(), newId<RoomId>()];
  await edge.allow(user, room);
  return { bus, asked, user, room, client: await edge.greeted(user) };
}

t.test('each change reaches the api with who asked, by his session, and is answered like a send', async (t) => {
  const { asked, user, room, client } = await member(t, ({ command }) => ({
    seq: 7,
    at: 4_711,
    duplicate: command === 'messages.delete',
  }));
  const c = clientId();
  const of = { r: room, m: 5, c, u: newId(), user: newId() };
  client.send({ t: 'edit', i: 1, ...of, b: { text: 'better' } });
  t.same(await client.next({ i: 1 }), { t: 'ok', i: 1, s: 7, at: 4_711 });
  client.send({ t: 'del', i: 2, ...of });
  t.same(await client.next({ i: 2 }), { t: 'ok', i: 2, s: 7, at: 4_711, dup: 1 });
  client.send({ t: 'react', i: 3, ...of, e: '👍', on: 0 });
  t.match(await client.next({ i: 3 }), { t: 'ok' });
  const target = { room, user, message: 5, clientId: c };
  t.same(asked, [
    { command: 'messages.edit', ...target, body: { text: 'better' } },
    { command: 'messages.delete', ...target },
    { command: 'messages.react', ...target, emoji: '👍', on: false },
  ]);
});

t.test('what is refused never reaches the api', async (t) => {
  const { asked, room, client } = await member(t);
  const good = { t: 'edit', r: room, m: 5, c: clientId(), b: { text: 'x' } };
  const react = { t: 'react', r: room, m: 5, c: clientId(), e: '👍', on: 1 };
  const refused: [frame: Record<string, unknown>, code: string][] = [
    [{ ...good, b: { text: ' ' } }, 'bad_frame'],
    [{ ...good, b: { text: 'a'.repeat(1_001) } }, 'too_large'],
    [{ ...good, m: 0 }, 'bad_frame'],
    [{ ...good, m: undefined }, 'bad_frame'],
    [{ ...good, c: 'short' }, 'bad_frame'],
    [{ ...good, r: newId() }, 'not_member'],
    [{ ...react, e: '' }, 'bad_frame'],
    [{ ...react, e: 'x'.repeat(33) }, 'bad_frame'],
    [{ ...react, on: 2 }, 'bad_frame'],
    [{ t: 'del', r: newId(), m: 5, c: clientId() }, 'not_member'],
  ];
  for (const [i, [frame, code]] of refused.entries()) {
    client.send({ ...frame, i });
    t.match(await client.next({ i, t: 'err' }), { code }, JSON.stringify(frame).slice(0, 100));
  }
  t.same(asked, []);
});

t.test('changes of one user in one room are made one after the other, in the order in which they came', async (t) => {
  let under = 0;
  let most = 0;
  const { asked, room, client } = await member(t, async ({ body }) => {
    const n = numberIn(body);
    most = Math.max(most, ++under);
    await wait(n % 2 === 0 ? 20 : 1);
    under--;
    return { seq: n + 10, at: 1, duplicate: false };
  });
  for (let i = 1; i <= 6; i++) client.send({ t: 'edit', i, r: room, m: 5, c: clientId(), b: { text: `${i}` } });
  for (let i = 1; i <= 6; i++) t.match(await client.next({ i }), { t: 'ok', s: i + 10 });
  t.same(
    asked.map(({ body }) => numberIn(body)),
    [1, 2, 3, 4, 5, 6],
  );
  t.equal(most, 1);
});

t.test('failures of the api keep their code, and hold up nobody behind them', async (t) => {
  const kinds = ['not_found', 'forbidden', 'id_reused', 'store_unavailable', 'fate_unknown'] as const;
  const { room, client } = await member(t, ({ body }) => {
    const kind = kinds[numberIn(body)];
    if (kind !== undefined) throw new Failure(kind);
    return { seq: 9, at: 1, duplicate: false };
  });
  for (let i = 0; i <= kinds.length; i++)
    client.send({ t: 'edit', i, r: room, m: 5, c: clientId(), b: { text: `${i}` } });
  for (const [i, code] of ['not_found', 'forbidden', 'conflict', 'unavailable', 'unknown'].entries()) {
    t.match(await client.next({ i, t: 'err' }), { code });
  }
  t.match(await client.next({ i: kinds.length }), { t: 'ok' });
});
