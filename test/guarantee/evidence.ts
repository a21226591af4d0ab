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
  /** Of a message: the one that it answers. */
  readonly re?: number;
  /** Of a message taken back: where it had landed before. */
  readonly dupOf?: number;
  /** Of a change of membership: what, and of whom. */
  readonly op?: string;
  readonly us?: readonly string[];
  readonly role?: string;
  /** Owner behind it. */
  readonly heir?: string;
  /** The text was taken out, since the message is deleted. */
  readonly masked?: true;
}

export interface LoggedEvent extends EventContent {
  readonly room: string;
  readonly s: number;
  /** Clock of whoever made the event. */
  readonly at: number;
  readonly raw: string;
  /** Of an event that came out of the outbox. */
  readonly opId?: string;
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
  readonly user: string;
  readonly room: string;
  /** Cursor at the beginning: what is numbered up to it is in history. */
  readonly start: number;
  readonly entries: readonly Shown[];
}

export type Shown = ShownEvent | ShownLag | ShownCursor | ShownQuestion;

export interface ShownEvent {
  readonly kind: 'event';
  readonly s: number;
  readonly p: number;
  readonly content: EventContent;
  /** When it came, by the client's clock. */
  readonly at: number;
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

/** The client gave a cursor: its own, or a lower one to have a stretch that it paged before. */
export interface ShownQuestion {
  readonly kind: 'asked';
  readonly since: number;
  /** On a connection on which the room may be live still: what is under way comes first. */
  readonly standing: boolean;
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
  /** Of a message: what it says now, its edits folded in. */
  readonly text?: string;
  readonly deleted?: true;
  /** It landed before under another number. */
  readonly duplicate?: true;
  readonly re?: number;
}

/** What is said of a message at the end, wherever it is said. */
interface MessageNow {
  readonly s: number;
  readonly u: string;
  readonly c: string;
  readonly text: string;
  readonly re?: number;
  readonly deleted: boolean;
}

/** A message as history tells it to one reader. */
export interface HistoryMessage extends MessageNow {
  /** How many put each emoji, and whether the reader did. */
  readonly reactions: Readonly<Record<string, readonly [count: number, mine: boolean]>>;
}

/** A message as the room's events make it. */
export interface FoldedMessage extends MessageNow {
  /** Who put each emoji, in order of their ids. */
  readonly reactions: Readonly<Record<string, readonly string[]>>;
  /** Answers to it that are not deleted. */
  readonly replies: number;
}

/** Role of each member who is in. */
export type Roster = Readonly<Record<string, string>>;

/** What the rows of MongoDB that are not events say. */
export interface StoredState {
  readonly members: Roster;
  /** As the room's own row counts them. */
  readonly memberCount: number;
  /** Reactions that stand. */
  readonly reactions: readonly { readonly m: number; readonly u: string; readonly e: string }[];
}

/** What REST told one member at the end. */
export interface Reading {
  readonly user: string;
  readonly history: readonly HistoryMessage[];
  readonly members: Roster;
}

export interface RoomEvidence {
  readonly room: string;
  /** Whether members see all of it, or their own stays. */
  readonly sees: 'all' | 'joined';
  /** In rising order. */
  readonly log: readonly LoggedEvent[];
  readonly rows: readonly StoredRow[];
  readonly state: StoredState;
  readonly readings: readonly Reading[];
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
  | 'leaked'
  | 'unsettled'
  | 'two writers'
  | 'crashed';

/** A promise that was not kept, and where to look. */
export interface Harm {
  readonly kind: HarmKind;
  /** Room, sequence, client id and client, as far as they are known. */
  readonly what: string;
}
