import type { Range } from './event-store.ts';
import type { Membership } from './room-store.ts';

/** Which part of a room a member may read, wherever it is read from: today all of it, from before he joined as well. */
export const visibleRange = (_membership: Membership): Range => ({ after: 0, before: Number.MAX_SAFE_INTEGER });
