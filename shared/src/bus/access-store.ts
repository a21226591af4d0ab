import type { UserAccess } from '../schema/index.ts';
import type { Bucket } from './bucket.ts';
import type { AccessStore } from './bus.ts';

export const accessBucket = 'ACL';

/** A user's rooms under his id. */
export const createAccessStore = (bucket: Bucket): AccessStore => ({
  read: async (user) => {
    const kept = await bucket.read(user);
    return kept === undefined ? undefined : { rooms: kept.value as UserAccess, revision: kept.revision };
  },
  write: (user, rooms, revision) => bucket.write(user, rooms, revision),
});
