import type { AccessEntry } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { type MembershipEvent, newId, type RoomId, type UserAccess, type UserId } from '@gapless/shared/schema';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { createRoomAccess, type RoomAccessDeps } from '../src/room-access.ts';

const user = newId<UserId>();
const [a, b] = [newId<RoomId>(), newId<RoomId>()];
const member = (ver: number) => ({ role: 'member', ver, since: 1 }) as const;
const change = (op: 'join' | 'leave', r: RoomId, ver: number): MembershipEvent => ({
  v: 1,
  t: 'mem',
  r,
  u: user,
  at: 0,
  op,
  us: [user],
  ver,
});

function accessOver(bucket: { rooms: UserAccess | undefined }, over: Partial<RoomAccessDeps> = {}) {
  let now = 1_000_000;
  const reads: number[] = [];
  const removed: RoomId[] = [];
  const begunAnew: RoomId[] = [];
  const access = createRoomAccess({
    access: {
      read: async () => {
        reads.push(now);
        return bucket.rooms === undefined ? undefined : ({ rooms: bucket.rooms, revision: 1 } satisfies AccessEntry);
      },
    },
    commands: { call: async () => t.fail('asked the api') as never },
    follows: () => true,
    removed: (_user, room) => removed.push(room),
    begunAnew: (_user, room) => begunAnew.push(room),
    clock: { now: () => now },
    ...over,
  });
  return {
    access,
    reads,
    removed,
    begunAnew,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

t.test('a known member is answered without asking', async (t) => {
  const { access, reads, pass } = accessOver({ rooms: { [a]: member(1) } });
  t.same([...(await access.load(user)).keys()], [a]);
  pass(20_000);
  t.equal(access.isMember(user, a), true);
  t.equal(reads.length, 1);
});

t.test('an unknown room is looked up once for all who ask, so that a join elsewhere counts at once', async (t) => {
  const bucket = { rooms: {} as UserAccess };
  const { access, reads, pass } = accessOver(bucket);
  await access.load(user);
  pass(2_000);
  bucket.rooms = { [a]: member(1) };
  t.same(await Promise.all([access.isMember(user, a), access.isMember(user, a), access.isMember(user, b)]), [
    true,
    true,
    false,
  ]);
  t.equal(reads.length, 2);
});

t.test('misses ask the bucket once a second, and late askers get what was written meanwhile', async (t) => {
  const bucket = { rooms: {} as UserAccess };
  const reads: number[] = [];
  const { access } = accessOver(bucket, {
    clock: { now: () => Date.now() },
    access: {
      read: async () => {
        reads.push(Date.now());
        return { rooms: bucket.rooms, revision: 1 };
      },
    },
  });
  await access.load(user);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const misses = Promise.all(Array.from({ length: 50 }, () => access.isMember(user, b)));
  bucket.rooms = { [a]: member(1) };
  t.equal(await access.isMember(user, a), true);
  t.notOk((await misses).includes(true));
  t.equal(reads.length, 2);
  t.ok((reads[1] ?? 0) - (reads[0] ?? 0) >= 990, 'a second apart');
});

t.test('whoever writes while an old answer is looked up again waits for that look, and for no other', async (t) => {
  let reads = 0;
  let answer = (): void => undefined;
  const { access, pass } = accessOver(
    { rooms: undefined },
    {
      follows: () => false,
      access: {
        read: async () => {
          if (++reads > 1) await new Promise<void>((resolve) => (answer = resolve));
          return { rooms: { [a]: member(1) }, revision: 1 };
        },
      },
    },
  );
  await access.load(user);
  pass(1_500);
  const first = access.isMember(user, a);
  await until('the look', () => reads === 2);
  const second = access.isMember(user, a);
  answer();
  t.same(await Promise.all([first, second]), [true, true]);
  t.equal(reads, 2);
});

t.test('what the log says counts by version, whatever order it comes in', async (t) => {
  const { access, removed } = accessOver({ rooms: { [a]: member(5) } });
  await access.load(user);
  access.apply(change('leave', a, 4), 10);
  t.equal(access.isMember(user, a), true, 'older than what is known');
  access.apply(change('leave', a, 6), 11);
  t.same(removed, [a]);
  access.apply(change('join', a, 5), 9);
  t.equal(await access.isMember(user, a), false, 'the bucket still says otherwise');
  access.apply(change('join', a, 7), 12);
  t.equal(access.isMember(user, a), true);
  access.apply(change('join', b, 1), 13);
  t.equal(access.isMember(user, b), true, 'the log is ahead of the bucket');
});

t.test('a late join event re-admits nobody whom the bucket does not name any more', async (t) => {
  const bucket = { rooms: { [a]: member(3) } as UserAccess };
  const { access, removed, reads, pass } = accessOver(bucket);
  await access.load(user);
  bucket.rooms = {};
  pass(2_000);
  await access.load(user);
  t.same(removed, [a]);
  const before = reads.length;
  access.apply(change('join', a, 5), 20);
  t.equal(access.membership(user, a), undefined, 'perhaps it is from before the removal');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  t.equal(reads.length, before + 1, 'the bucket was asked');
  bucket.rooms = { [a]: member(7) };
  pass(2_000);
  t.equal(await access.isMember(user, a), true, 'who was let in again is in');
});

t.test('an old copy of the bucket locks nobody out: named again, he is in again', async (t) => {
  const bucket = { rooms: { [a]: member(5) } as UserAccess };
  const { access, removed, pass } = accessOver(bucket);
  await access.load(user);
  bucket.rooms = {};
  pass(20_000);
  await access.load(user);
  t.same(removed, [a]);
  bucket.rooms = { [a]: member(5) };
  pass(20_000);
  await access.load(user);
  t.equal(access.isMember(user, a), true);
  access.apply(change('leave', a, 6), 30);
  bucket.rooms = { [a]: member(5) };
  pass(20_000);
  await access.load(user);
  t.equal(access.membership(user, a), undefined, 'but not whom the log said to be gone');
});

t.test('a removal by somebody else ends the membership like a leave', async (t) => {
  const { access, removed } = accessOver({ rooms: { [a]: member(5) } });
  await access.load(user);
  access.apply({ ...change('leave', a, 6), op: 'remove', u: newId<UserId>() }, 11);
  t.same(removed, [a]);
});

t.test('where changes of a room may have been missed its members are asked about', async (t) => {
  const bucket = { rooms: { [a]: member(5), [b]: member(1) } as UserAccess };
  const { access, removed } = accessOver(bucket, { clock: { now: () => Date.now() } });
  await access.load(user);
  bucket.rooms = { [b]: member(1) };
  access.doubt(a);
  await until('the removal to be known', () => removed.length > 0);
  t.same(removed, [a]);
});

t.test('of a room that shows only one’s own time a join in the log shows nothing of before', async (t) => {
  const { access } = accessOver({ rooms: {} });
  await access.load(user);
  access.apply({ ...change('join', a, 5), hist: 'joined' }, 40);
  t.match(access.membership(user, a), { since: 40, own: [] });
});

t.test('where one sees one’s own time only, the next stay begins anew, however this edge learns of it', async (t) => {
  const own = (jv: number, since: number, ver = jv) => ({ ...member(ver), jv, since, own: [] });
  const bucket = { rooms: { [a]: own(5, 40), [b]: member(5) } as UserAccess };
  const { access, begunAnew, removed } = accessOver(bucket);
  await access.load(user);
  bucket.rooms = { [a]: { ...own(5, 0, 6), role: 'moderator' }, [b]: { ...member(9), since: 70 } };
  await access.load(user);
  t.same(begunAnew, [], 'another role is the same stay, and where all is seen nothing need end');
  bucket.rooms = { [a]: own(8, 0), [b]: member(9) };
  await access.load(user);
  t.same(begunAnew, [a], 'the bucket knows before the room has come as far');
  access.apply({ ...change('leave', a, 7), u: newId<UserId>(), op: 'remove' }, 60);
  access.apply({ ...change('join', a, 8), hist: 'joined' }, 70);
  t.same([begunAnew, removed], [[a], []], 'once');
  access.apply({ ...change('join', a, 10), hist: 'joined' }, 90);
  t.same(begunAnew, [a, a], 'what ended the stay was lost');
});

t.test(
  'a join says where the stay begins of which the bucket did not know it, and nothing of those before',
  async (t) => {
    const known = { ...member(8), jv: 8, since: 0, own: [[10, 20]] as const };
    const bucket = { rooms: { [a]: known } as UserAccess };
    const { access } = accessOver(bucket);
    await access.load(user);
    access.apply({ ...change('join', a, 8), hist: 'joined' }, 70);
    t.match(access.membership(user, a), { since: 70, own: [] }, 'the last one had no end yet, and would not be paged');
    await access.load(user);
    t.match(access.membership(user, a), { since: 70, own: [] }, 'nor does what is read late undo it');
    bucket.rooms = {
      [a]: {
        ...known,
        since: 70,
        own: [
          [10, 20],
          [30, 60],
        ],
      },
    };
    await access.load(user);
    t.equal(access.membership(user, a)?.own?.length, 2);
  },
);

t.test('who was muted comes back muted, by the join itself', async (t) => {
  const { access } = accessOver({ rooms: {} });
  await access.load(user);
  access.apply({ ...change('join', a, 5), mutes: { [user]: 2_000_000, [newId<UserId>()]: 3_000_000 } }, 40);
  t.match(access.membership(user, a), { since: 40, mute: 2_000_000 });
  access.apply({ ...change('join', b, 5), mutes: { [newId<UserId>()]: 3_000_000 } }, 41);
  t.notOk('mute' in (access.membership(user, b) ?? {}), 'another one’s mute is not his');
});

t.test('a join that was heard of is not taken back because the bucket is late: the api is asked', async (t) => {
  const bucket = { rooms: {} as UserAccess };
  let stored: UserAccess | undefined = { [b]: member(1) };
  let asked = 0;
  const call = async () => {
    asked++;
    if (stored === undefined) throw new Failure('store_unavailable');
    return { rooms: stored };
  };
  const { access, removed, pass } = accessOver(bucket, { commands: { call } });
  await access.load(user);
  access.apply(change('join', b, 1), 13);
  pass(9_000);
  t.ok((await access.load(user)).has(b), 'the log is ahead of the bucket');
  t.equal(asked, 0);
  pass(4_000);
  t.ok((await access.load(user)).has(b), 'and may be for longer');
  t.ok((await access.load(user)).has(b), 'whoever asks, as long as the bucket is late');
  t.equal(asked, 2);
  bucket.rooms = { [b]: member(1) };
  pass(4_000);
  await access.load(user);
  t.equal(asked, 2, 'the bucket has named it');

  access.apply(change('join', a, 1), 14);
  pass(13_000);
  stored = undefined;
  await t.rejects(access.load(user), { code: 'unavailable' }, 'nobody knows');
  t.same(removed, []);
  stored = { [b]: member(1) };
  t.notOk((await access.load(user)).has(a), 'it ended, and the log did not tell');
  t.same(removed, [a]);
});

t.test('a removal that the bus lost takes effect with the next read', async (t) => {
  const bucket = { rooms: { [a]: member(1), [b]: member(1) } as UserAccess };
  const { access, removed, pass } = accessOver(bucket, { follows: () => false });
  await access.load(user);
  bucket.rooms = { [b]: member(1) };
  pass(1_100);
  t.equal(await access.isMember(user, a), false, 'no room of which the edge hears nothing is believed for long');
  t.same(removed, [a]);
});

t.test('the api is asked where the bucket knows nothing, and its failure is passed on', async (t) => {
  const answered = accessOver(
    { rooms: undefined },
    {
      commands: {
        call: async (name, payload) => {
          t.same([name, payload], ['access.find', { u: user }]);
          return { rooms: { [a]: member(1) } };
        },
      },
    },
  );
  t.ok((await answered.access.load(user)).has(a));
  const silent = accessOver(
    { rooms: undefined },
    { commands: { call: async () => Promise.reject(new Failure('store_unavailable')) } },
  );
  await t.rejects(silent.access.load(user), { code: 'unavailable' });
});

t.test('of two reads side by side the one that began later counts, whichever is answered last', async (t) => {
  const answers: ((rooms: UserAccess) => void)[] = [];
  const { access, removed } = accessOver(
    { rooms: {} },
    {
      access: {
        read: () => new Promise((resolve) => answers.push((rooms) => resolve({ rooms, revision: 1 }))),
      },
    },
  );
  const [early, late] = [access.load(user), access.load(user)];
  answers[1]?.({ [a]: { ...member(5), blk: 1 }, [b]: member(1) });
  await late;
  answers[0]?.({ [a]: member(5) });
  await early;
  t.match(access.membership(user, a), { blk: 1 });
  t.equal(access.isMember(user, b), true);
  t.same(removed, []);
});

t.test('a room that is gone ends for its members, and for who is just being asked about', async (t) => {
  const answers: ((rooms: UserAccess) => void)[] = [];
  const { access, removed } = accessOver(
    { rooms: {} },
    {
      access: {
        read: () => new Promise((resolve) => answers.push((rooms) => resolve({ rooms, revision: 1 }))),
      },
    },
  );
  const loaded = access.load(user);
  access.gone(a, 9);
  answers[0]?.({ [a]: member(5), [b]: member(5) });
  t.same([...(await loaded).keys()], [b]);
  access.gone(b, 9);
  t.same([[...access.known(user).keys()], removed], [[], [b]]);
});

t.test('nothing is kept of who left', async (t) => {
  const { access } = accessOver({ rooms: { [a]: member(1) } });
  await access.load(user);
  access.forget(user);
  t.equal(access.isMember(user, a), false);
});

t.test('what was asked about somebody who has left ends nothing of who is back', async (t) => {
  const answers: ((rooms: UserAccess) => void)[] = [];
  const { access, removed, begunAnew } = accessOver(
    { rooms: {} },
    {
      access: {
        read: () => new Promise((resolve) => answers.push((rooms) => resolve({ rooms, revision: 1 }))),
      },
    },
  );
  const first = access.load(user);
  answers[0]?.({ [a]: { ...member(5), jv: 5, own: [] }, [b]: member(5) });
  await first;
  const late = access.load(user);
  access.forget(user);
  answers[1]?.({ [a]: { ...member(7), jv: 7, own: [] } });
  await late;
  t.same([removed, begunAnew], [[], []]);
});
