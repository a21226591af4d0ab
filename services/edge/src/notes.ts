import type { Bus, WrittenNote } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { ServerFrameOf } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import {
  type Concern,
  type InboxEvent,
  isVisible,
  notifies,
  type RoomId,
  type UserId,
  type UserNotify,
  visibleRanges,
} from '@gapless/shared/schema';
import type { EdgeMetrics } from './metrics.ts';
import { createNoteAudience } from './note-audience.ts';
import { createNoteSettings, type NoteRoom, type PairKey, pairKey } from './note-settings.ts';
import type { ReadCursor } from './read-cursors.ts';
import type { RoomAccessCache } from './room-access.ts';
import type { Session } from './session.ts';

/** Tells sockets that asked for it of messages of which their users want to be told, in whatever rooms. */
export interface Notes {
  /** The socket has greeted and asked; `read`: how far its user has read his rooms, where that is known. */
  greeted(session: Session, read: ReadonlyMap<RoomId, ReadCursor> | undefined): void;
  closed(session: Session): void;
  /** What a user's inbox tells. */
  heard(user: UserId, event: InboxEvent): void;
  /** He has read on, on whatever device. */
  readOn(user: UserId, room: RoomId, seq: number): void;
  stop(): void;
}

export interface NotesDeps {
  readonly bus: Pick<Bus, 'notes' | 'commands'>;
  readonly access: Pick<RoomAccessCache, 'known' | 'membership'>;
  readonly sessionsOf: (user: UserId) => readonly Session[];
  readonly metrics: Pick<EdgeMetrics, 'shed'>;
  /** For ages: it must not go back. */
  readonly clock: Clock;
  /** The time of day. */
  readonly calendar: Clock;
}

type NoteFrame = ServerFrameOf<'note'>;

/** One who may be told of what was written in one room. */
interface Reader {
  readonly user: UserId;
  readonly wishes: UserNotify;
  readonly room: NoteRoom;
  readonly notes: readonly WrittenNote[];
}

type ByRoom = ReadonlyMap<RoomId, readonly WrittenNote[]>;

/** Words that wait while settings are asked for; the oldest go first. */
const maxWaiting = 20;

export function createNotes({ bus, access, sessionsOf, metrics, clock, calendar }: NotesDeps): Notes {
  const audience = createNoteAudience();
  const settings = createNoteSettings({ commands: bus.commands, clock });
  const waiting: (readonly WrittenNote[])[] = [];
  let telling = false;

  /** Those of its notes of which he wants to be told, as far as `blocked` is known. */
  const concerning = ({ user, wishes, room, notes }: Reader, blocked?: ReadonlyMap<PairKey, true>): WrittenNote[] => {
    const membership = access.membership(user, notes[0]?.room as RoomId);
    if (membership === undefined) return [];
    const seen = visibleRanges(membership);
    const nowMs = calendar.now();
    return notes.filter(({ room: r, seq, author, isWhisper }) => {
      const told = notifies({
        concern: concernOf(room, isWhisper),
        user: wishes,
        room: { kind: room.kind, isLarge: room.isLarge, ...room.voices.get(user) },
        isOwn: author === user,
        isBlocked: blocked?.has(pairKey(user, author)) === true,
        isRead: audience.readOf(user, r) >= seq,
        nowMs,
      });
      return told !== 'none' && isVisible(seen, seq);
    });
  };

  const frameOf = (room: NoteRoom, notes: readonly WrittenNote[]): NoteFrame | undefined => {
    let frame: NoteFrame | undefined;
    for (const { room: r, seq, author, count, isWhisper } of notes) {
      const n = count + (frame?.n ?? 0);
      const why = concernOf(room, isWhisper);
      frame = frame !== undefined && frame.s > seq ? { ...frame, n } : { t: 'note', r, s: seq, u: author, n, why };
    }
    return frame;
  };

  const send = (user: UserId, frame: NoteFrame): void => {
    for (const session of sessionsOf(user)) {
      if (!session.notes || session.phase !== 'ready') continue;
      if (session.flow === 'all') session.send(frame);
      else metrics.shed.inc({ what: 'signal' });
    }
  };

  /** A large room costs those who asked for all of it, however many are here. */
  const candidatesOf = (id: RoomId, { isLarge, voices }: NoteRoom): UserId[] =>
    isLarge ? [...voices.keys()].filter((user) => audience.has(user)) : [...audience.of(id)];

  async function tell(byRoom: ByRoom): Promise<void> {
    const rooms = await settings.rooms.of([...byRoom.keys()]);
    const meant = Array.from(rooms, ([id, room]) => ({ id, room, users: candidatesOf(id, room) }));
    const wishes = await settings.users.of([...new Set(meant.flatMap(({ users }) => users))]);
    const readers = meant.flatMap(({ id, room, users }) =>
      users.flatMap((user): Reader[] => {
        const own = wishes.get(user);
        return own === undefined ? [] : [{ user, wishes: own, room, notes: byRoom.get(id) ?? [] }];
      }),
    );
    const pairs = readers.flatMap((reader) => concerning(reader).map(({ author }) => pairKey(reader.user, author)));
    const blocked = await settings.blocks.of([...new Set(pairs)]);
    for (const reader of readers) {
      const frame = frameOf(reader.room, concerning(reader, blocked));
      if (frame !== undefined) send(reader.user, frame);
    }
  }

  async function tellAll(): Promise<void> {
    for (let notes = waiting.shift(); notes !== undefined; notes = waiting.shift()) {
      try {
        await tell(byRoomOf(notes));
      } catch (error) {
        // Unread counts tell the same, later.
        if (!(error instanceof Failure)) throw error;
      }
    }
    telling = false;
  }

  const shed = (notes: readonly WrittenNote[] = []): void => {
    for (const _ of notes) metrics.shed.inc({ what: 'signal' });
  };

  const following = bus.notes.subscribe((all) => {
    const notes = all.filter(({ room }) => hasAny(audience.of(room)));
    if (notes.length === 0) return;
    waiting.push(notes);
    if (waiting.length > maxWaiting) shed(waiting.shift());
    if (telling) return;
    telling = true;
    void tellAll();
  });

  return {
    greeted(session, read) {
      session.notes = true;
      const { user } = session;
      const rooms = [...access.known(user).keys()];
      // What he said while no inbox of his was heard here.
      if (!audience.has(user)) {
        settings.users.forget(user);
        for (const room of rooms) settings.rooms.forget(room);
      }
      audience.enter(user, rooms, read);
    },
    closed(session) {
      if (!session.notes) return;
      const { user } = session;
      if (!sessionsOf(user).some((other) => other !== session && other.notes)) audience.leave(user);
    },
    heard(user, event) {
      if (event.t === 'added') return audience.added(user, event.in);
      if (event.t !== 'notify') return;
      if (event.in === undefined) settings.users.forget(user);
      else settings.rooms.forget(event.in);
    },
    readOn: audience.readOn,
    stop: following.stop,
  };
}

const concernOf = ({ kind }: NoteRoom, isWhisper: boolean): Concern & NoteFrame['why'] =>
  isWhisper ? 'whisper' : kind === 'direct' ? 'direct' : 'message';

function byRoomOf(notes: readonly WrittenNote[]): ByRoom {
  const rooms = new Map<RoomId, WrittenNote[]>();
  for (const note of notes) rooms.set(note.room, [...(rooms.get(note.room) ?? []), note]);
  return rooms;
}

function hasAny(users: Iterable<UserId>): boolean {
  for (const _ of users) return true;
  return false;
}
