import type { ServerFrameOf } from '../protocol/index.ts';
import { type Message, sentAs } from './room-event.ts';

/** A message of a page of history, with what came of it. */
export interface HistoryMessage extends Message {
  /** Sequence of the event that made it what it is. */
  readonly version: number;
  /** When it was last edited, ms. */
  readonly edited: number | undefined;
  readonly reactions: readonly { readonly emoji: string; readonly count: number; readonly mine: boolean }[];
  /** The thread that it begins; absent without answers. */
  readonly replies: Replies | undefined;
  /** Users whom it mentions. */
  readonly mentions: readonly string[];
}

export interface Replies {
  readonly count: number;
  /** Sequence of the last one, and when it came, ms. */
  readonly last: number;
  readonly at: number;
  /** Who answered last, the latest first. */
  readonly users: readonly string[];
}

type HistoryFrame = ServerFrameOf<'hist'>['ev'][number];

export const toHistoryMessage = (frame: HistoryFrame): HistoryMessage => ({
  ...{ type: 'message', room: frame.r, seq: frame.s, user: frame.u, at: frame.at },
  ...sentAs(frame),
  ...{ version: frame.ver, edited: frame.ed, mentions: frame.men ?? [] },
  reactions: (frame.rx ?? []).map(([emoji, count, mine]) => ({ emoji, count, mine: mine === 1 })),
  replies: frame.th === undefined ? undefined : repliesOf(frame.th),
});

const repliesOf = ({ n, s, at, us }: NonNullable<HistoryFrame['th']>): Replies => ({
  ...{ count: n, last: s, at, users: us },
});
