import type { RoomCommand } from '@gapless/shared/commands';
import type { Entered } from './door.ts';

/** Rejects where the room, or the member, may not be written to now: muted, frozen, archived, blocked. */
export type WriteGate = (command: RoomCommand, entered: Entered) => Promise<void>;
