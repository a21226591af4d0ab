import type { AccessProjection, Memberships } from '@gapless/shared/outbox';

/**
 * Writes the access entry of every user who ever was in a room anew from MongoDB, while chat goes on: an entry that changes
 * meanwhile is written from what MongoDB says then. Answers how many there were.
 */
export async function rebuildAccess(
  deps: { memberships: Pick<Memberships, 'users'>; access: Pick<AccessProjection, 'projectAll'> },
  progress: (users: number) => void = () => undefined,
): Promise<number> {
  let count = 0;
  let page = await deps.memberships.users();
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    await deps.access.projectAll(page);
    count += page.length;
    progress(count);
    page = await deps.memberships.users(last);
  }
  return count;
}
