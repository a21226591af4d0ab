import type { ClientFrame } from '../protocol/index.ts';
import type { ClientId, RoomId, SessionId, UserId } from '../schema/index.ts';

/** Up to there I have read, or my device has received: watermarks, they only go up. */
interface WatermarkFrame {
  readonly t: 'read' | 'recv';
  readonly r: string;
  readonly s: number;
}

interface TypingFrame {
  readonly t: 'typing';
  readonly r: string;
  readonly on: 0 | 1;
}

/** Ids are plain strings here: what the application names is looked at by the server. */
type Plain<V> = V extends RoomId | ClientId | SessionId | UserId
  ? string
  : V extends RoomId[] | UserId[]
    ? readonly string[]
    : V;
type Asked<F> = F extends unknown ? { readonly [K in keyof Omit<F, 'i'>]: Plain<Omit<F, 'i'>[K]> } : never;

/** What a client asks for; the number of its reply is added when it goes out. */
export type ClientRequest = Asked<ClientFrame> | WatermarkFrame | TypingFrame;
export type RequestOf<T extends ClientRequest['t']> = Extract<ClientRequest, { t: T }>;
