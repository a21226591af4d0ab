import type { Role } from '@gapless/shared/schema';

/** Who deletes the messages of others and removes members. */
export const keepsOrder: ReadonlySet<Role> = new Set(['owner', 'moderator']);
