import { blockedAmong, inTransaction } from '@gapless/shared/outbox';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { createBlocks } from '../../src/domain/people/blocks.ts';
import { createBlockStore, lockPair } from '../../src/repositories/blocks.ts';
import { explain } from '../support/explain.ts';
import { aDatabaseOfPeople, alone } from '../support/people.ts';
import { refusal } from '../support/refusal.ts';

const { client, db, add } = await aDatabaseOfPeople(t, await startMongo(t));
const store = createBlockStore(client, db);
const blocks = createBlocks({ store, clock: { now: Date.now }, ...alone });
const counted = async (user: UserId) =>
  (await db.collection<{ _id: UserId; nblk?: number }>('users').findOne({ _id: user }))?.nblk;

t.test('a block holds both ways, until who made it takes it back', async (t) => {
  const [a, b, c] = [await add(), await add(), await add()];
  await blocks.block(a, b);
  t.same([await blocks.between(a, b), await blocks.between(b, a), await blocks.between(a, c)], [true, true, false]);
  t.same([...(await blocks.ofMany(b, [a, c, b]))], [a]);
  t.same(await blocks.ofMany(a, []), new Set());
  await blocks.unblock(b, a);
  t.ok(await blocks.between(a, b), 'not by who is blocked');
  await blocks.block(b, a);
  await blocks.unblock(a, b);
  t.ok(await blocks.between(a, b), 'each has his own');
  await blocks.unblock(b, a);
  t.notOk(await blocks.between(a, b));
});

t.test('repeated, or by many at once, it is one block', async (t) => {
  const [a, b] = [await add(), await add()];
  await Promise.all(Array.from({ length: 6 }, () => blocks.block(a, b)));
  t.equal((await blocks.mine(a, { limit: 10 })).length, 1);
  t.equal(await counted(a), 1);
  await Promise.all(Array.from({ length: 4 }, () => blocks.unblock(a, b)));
  t.equal(await counted(a), 0);
});

t.test('nobody blocks himself, or nobody', async (t) => {
  const a = await add();
  await t.rejects(blocks.block(a, a), refusal('forbidden'));
  await t.rejects(blocks.block(a, newId<UserId>()), refusal('not_found'));
  t.notOk(await blocks.between(a, a));
});

t.test('the limit is exact, however many come at once', async (t) => {
  const a = await add();
  const others = await Promise.all(Array.from({ length: 8 }, () => add()));
  const block = (user: UserId) => store.add({ by: a, user, at: new Date(), place: newId() }, 5);
  const outcomes = await Promise.allSettled(others.map(block));
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  t.equal(refused.length, 3);
  for (const { reason } of refused) t.match(reason, { kind: 'too_many_blocks' });
  t.equal((await blocks.mine(a, { limit: 10 })).length, 5);
});

t.test('my list comes in pages, the newest first, and nobody else’s with it', async (t) => {
  const a = await add();
  const others: UserId[] = [];
  for (let n = 0; n < 5; n++) {
    const user = await add();
    others.unshift(user);
    await store.add({ by: a, user, at: new Date(), place: newId(Date.now() + n) }, 10);
    await blocks.block(user, a);
  }
  const first = await blocks.mine(a, { limit: 3 });
  const rest = await blocks.mine(a, { limit: 3, below: first.at(-1)?.place });
  t.same(
    [...first, ...rest].map(({ user }) => user),
    others,
  );
});

t.test('who looks within a transaction behind the lock sees no block come up before its end', async (t) => {
  const [a, b] = [await add(), await add()];
  let blocking: Promise<void> | undefined;
  const seen: boolean[] = [];
  await inTransaction(client, async (session) => {
    await lockPair(db, session, b, a);
    blocking ??= blocks.block(a, b);
    await new Promise((resolve) => setTimeout(resolve, 50));
    seen.push((await blockedAmong(db, a, [b], session)).has(b));
  });
  t.equal(seen.at(-1), false);
  t.notOk(await blocks.between(a, b), 'it waits');
  await blocking;
  t.ok(await blocks.between(a, b));
});

t.test(
  'with a block of two who have a direct room leaves what tells the edges of it, in the same transaction',
  async (t) => {
    const [a, b] = [await add(), await add()];
    const room = newId<RoomId>();
    const pair = [a, b].sort().join(':');
    await db
      .collection<{ _id: RoomId }>('rooms')
      .insertOne({ _id: room, no: Math.random(), pair, kind: 'direct', ver: 2 } as never);
    const done: unknown[] = [];
    const carryOut = async (sent: unknown) => done.push(sent) > 0;
    const told = createBlocks({ store, clock: { now: Date.now }, carryOut });
    const waiting = () => db.collection<{ _id: string }>('outbox').find({ r: room }).toArray();
    await told.block(a, b);
    const [row] = await waiting();
    t.match(row, { r: room, quiet: true, us: [a, b] });
    t.same(done, [{ room, op: row?._id }]);
    await told.block(a, b);
    t.equal((await waiting()).length, 1, 'again is the same');
    await told.unblock(a, b);
    t.equal((await waiting()).length, 2);
    await told.unblock(a, b);
    await told.block(a, await add());
    t.equal((await waiting()).length, 2, 'and nothing where there is nothing');
  },
);

t.test('blocks are read by index, whatever is asked', async (t) => {
  const [a, b] = [await add(), await add()];
  await blocks.block(a, b);
  const asked = await explain(db, async () => {
    await blocks.mine(a, { limit: 3, below: newId() });
    await blocks.ofMany(a, [b]);
    await blocks.unblock(a, b);
  });
  t.ok(asked.length >= 3);
});
