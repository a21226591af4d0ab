/** What the parties of a run say happened: the log, MongoDB, the clients, history. The comparison knows nothing else. */

export type DeedKind = 'msg' | 'edit' | 'del' | 'react';

/** What is told of an event, wherever it is told; numbers come from the log. */
export interface EventContent {
  readonly t: string;
  readonly u: string;
  readonly c?: string;
  readonly m?: number;
  readonly text?: string;
  readonly e?: string;
  readonly on?: number;
  /** The text was taken out, since the message is deleted. */
  readonly masked?: true;
}

export interface LoggedEvent extends EventContent {
  readonly room: string;
  readonly s: number;
  readonly raw: string;
  readonly op?: string;
}

/** Something that a client asked for under one client id, however often. */
export interface Deed {
  /** Who asked, for people. */
  readonly client: string;
  readonly room: string;
  readonly kind: DeedKind;
  readonly content: EventContent & { readonly c: string };
  /** The socket on which it was asked first, and the place among the frames of that socket. */
  readonly socket: string;
  readonly place: number;
  readonly firstAskedAt: number;
  readonly attempts: number;
  readonly acks: readonly Ack[];
  /** The code of a refusal that is final. */
  readonly refused?: string;
  /** An attempt ended without an answer that says what became of it. */
  readonly uncertain: boolean;
}

export interface Ack {
  readonly s: number;
  readonly at: number;
}

/** What one client was shown of one room, in the order in which it came, over all its connections. */
export interface Showing {
  readonly client: string;
  readonly room: string;
  /** Cursor at the beginning: what is numbered up to it is in history. */
  readonly start: number;
  readonly entries: readonly Shown[];
}

export type Shown = ShownEvent | ShownLag | ShownCursor;

export interface ShownEvent {
  readonly kind: 'event';
  readonly s: number;
  readonly p: number;
  readonly content: EventContent;
  /** Came in a replay that was asked for at that time, which sent so many events before it. */
  readonly replay?: Replayed;
}

export interface Replayed {
  readonly askedAt: number;
  readonly before: number;
  /** Asked for on a standing connection: what was under way then may come twice, and clients skip what they have. */
  readonly standing: boolean;
}

export interface ShownLag {
  readonly kind: 'lag';
  readonly from: number;
  readonly to: number;
  /** Sequences of the messages that paging gave for it. */
  readonly paged: readonly number[];
}

/** The server says that the room is complete up to there. */
export interface ShownCursor {
  readonly kind: 'live';
  readonly s: number;
}

/** A row of MongoDB. */
export interface StoredRow {
  readonly room: string;
  readonly s: number;
  readonly u: string;
  readonly k: string;
  /** Also where it is kept aside, since the row is a duplicate. */
  readonly c?: string;
  readonly op?: string;
  readonly raw: string;
}

/** A message as history tells it now. */
export interface HistoryMessage {
  readonly s: number;
  readonly u: string;
  readonly c: string;
  readonly text: string;
  readonly deleted: boolean;
  /** How many put each emoji. */
  readonly reactions: Readonly<Record<string, number>>;
}

export interface RoomEvidence {
  readonly room: string;
  /** In rising order. */
  readonly log: readonly LoggedEvent[];
  readonly rows: readonly StoredRow[];
  readonly history: readonly HistoryMessage[];
  readonly deeds: readonly Deed[];
  readonly showings: readonly Showing[];
}

export type HarmKind =
  | 'lost'
  | 'doubled'
  | 'reordered'
  | 'altered'
  | 'invented'
  | 'broken chain'
  | 'shown again'
  | 'unsettled'
  | 'two writers'
  | 'crashed';

/** A promise that was not kept, and where to look. */
export interface Harm {
  readonly kind: HarmKind;
  /** Room, sequence, client id and client, as far as they are known. */
  readonly what: string;
}
