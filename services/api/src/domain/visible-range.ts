import { visibleRange as rangeFor } from '@gapless/shared/schema';
import type { Range } from './event-store.ts';
import type { Membership } from './room-store.ts';

/** Which part of a room a member may read, wherever it is read from; edges replay by the same rule. */
export const visibleRange = ({ since }: Membership): Range => rangeFor({ since });
