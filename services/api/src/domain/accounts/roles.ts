import type { Role } from '@gapless/shared/schema';

const rank = { owner: 2, moderator: 1, member: 0 } as const satisfies Record<Role, number>;

/** Who may act on whom: nobody on an owner, and a moderator on no other. */
export const outranks = (by: Role, on: Role): boolean => rank[by] > rank[on];
