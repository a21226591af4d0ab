import type { ClientId, RoomId, UserId } from './ids.ts';

/** What a member writes. */
export interface MessageBody {
  readonly text: string;
}

interface Common {
  /** Version of the stored form: readers are deployed before writers. */
  readonly v: 1;
  readonly r: RoomId;
  /** Who did it. */
  readonly u: UserId;
  /** Clock of the process that made the event, ms; never used for order. */
  readonly at: number;
}

export interface MessageEvent extends Common {
  readonly t: 'msg';
  readonly c: ClientId;
  readonly b: MessageBody;
  readonly re?: number;
}

export interface MembershipEvent extends Common {
  readonly t: 'mem';
  readonly op: 'join' | 'leave';
  readonly us: readonly UserId[];
  /** Version of the memberships that it names. */
  readonly ver: number;
}

export interface RoomChangedEvent extends Common {
  readonly t: 'room';
  readonly name?: string;
  readonly no?: number;
  readonly kind?: string;
}

/** Every ordered event of a room, as stored: without `s` and `p`, which the log assigns. */
export type RoomEvent = MessageEvent | MembershipEvent | RoomChangedEvent;
export type RoomEventKind = RoomEvent['t'];
