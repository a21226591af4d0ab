import type { ClientId, RoomId, UserId } from '@gapless/shared/schema';

/** Turns of members in rooms in slow mode. */
export interface TurnStore {
  /**
   * Takes the turn for that message, at once against all others who ask; the message that has it takes it again. Milliseconds
   * until it is free, 0 when it was taken.
   */
  take(turn: { user: UserId; room: RoomId; clientId: ClientId; seconds: number }): Promise<number>;
}
