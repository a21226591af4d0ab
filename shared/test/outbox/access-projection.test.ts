import t from 'tap';
import { type AccessStore, createMemoryBus } from '../../src/bus/index.ts';
import { Failure } from '../../src/errors/index.ts';
import { createAccessProjection } from '../../src/outbox/index.ts';
import { newId, type RoomAccess, type RoomId, type UserAccess, type UserId } from '../../src/schema/index.ts';

const user = newId<UserId>();
const tooLarge = () => undefined;
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, Math.random() * 3));

/** The network's part: every call takes its own time. */
const slow = (access: AccessStore): AccessStore => ({
  read: async (who) => {
    await pause();
    const entry = await access.read(who);
    await pause();
    return entry;
  },
  write: async (who, rooms, revision) => {
    await pause();
    return access.write(who, rooms, revision);
  },
});

t.test('50 concurrent joins and leaves over three processes end with the entry that the store says', async (t) => {
  const { access } = createMemoryBus();
  const truth: Record<RoomId, RoomAccess> = {};
  const memberships = {
    of: async (): Promise<UserAccess> => {
      await pause();
      const rooms = { ...truth };
      await pause();
      return rooms;
    },
  };
  const processes = [1, 2, 3].map(() => createAccessProjection({ access: slow(access), memberships, tooLarge }));
  const rooms = Array.from({ length: 50 }, () => newId<RoomId>());
  const change = async (room: RoomId, n: number) => {
    await pause();
    truth[room] = { role: 'member', ver: 1, since: n };
    await processes[n % 3]?.project(user);
    if (n % 2 === 0) return;
    delete truth[room];
    await processes[(n + 1) % 3]?.project(user);
  };
  await Promise.all(rooms.map(change));
  t.same((await access.read(user))?.rooms, truth);
  t.equal(Object.keys(truth).length, 25);
});

t.test('a projection that read the memberships before a newer one wrote cannot undo it', async (t) => {
  const { access } = createMemoryBus();
  const room = newId<RoomId>();
  const member = { role: 'member', ver: 1, since: 5 } as const;
  let reads = 0;
  let letOldGoOn: () => void = () => undefined;
  const old = createAccessProjection({
    access,
    tooLarge,
    memberships: {
      of: async () => {
        if (++reads > 1) return {};
        await new Promise<void>((resolve) => {
          letOldGoOn = resolve;
        });
        return { [room]: member };
      },
    },
  });
  const late = old.project(user);
  await new Promise(setImmediate);
  const now = createAccessProjection({ access, memberships: { of: async () => ({}) }, tooLarge });
  await now.project(user);
  letOldGoOn();
  t.same(await late, {});
  t.same((await access.read(user))?.rooms, {});
});

t.test('gives up as busy when it loses every race', async (t) => {
  const access: AccessStore = { read: async () => undefined, write: async () => false };
  const projection = createAccessProjection({ access, memberships: { of: async () => ({}) }, tooLarge });
  await t.rejects(
    projection.project(user),
    new Failure('busy', { detail: 'Access of a user is being changed by too many at once' }),
  );
});

t.test('a user who is named twice is projected once', async (t) => {
  let reads = 0;
  const memberships = {
    of: async () => {
      reads++;
      return {};
    },
  };
  const projection = createAccessProjection({ access: createMemoryBus().access, memberships, tooLarge });
  await projection.projectAll([user, newId<UserId>(), user]);
  t.equal(reads, 2);
});
