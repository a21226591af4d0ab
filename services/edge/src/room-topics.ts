import { isInbox, type RoomId } from '@gapless/shared/schema';
import { quietTopicOf, topicOf } from './fan-out.ts';
import type { RoomHub, RoomStay } from './room-hub.ts';
import type { Session } from './session.ts';

/** The topics that a socket is subscribed to: one of each of its live rooms, as its flow goes. */
export interface RoomTopics {
  /** From this call on the room is live on the socket. */
  open(session: Session, room: RoomId, stay: RoomStay): void;
  /** Nothing of the room comes live any more; what was published before still does. */
  shut(session: Session, room: RoomId, stay: RoomStay): void;
  /** Signals are shed. */
  mute(session: Session): void;
  unmute(session: Session): void;
  /** Events are held back as well. */
  hold(session: Session): void;
  /** Events go on; returns the rooms of which some were held back, which are not live, and up to where each went out. */
  release(session: Session): Late[];
  /** Sockets that go without the signals of the room: their events go out on a topic of their own. */
  muted(room: RoomId): number;
}

export interface Late {
  readonly room: RoomId;
  readonly stay: RoomStay;
  readonly cursor: number;
}

/** Inboxes have none (`inbox-sockets.ts`). */
const subscribe = ({ socket }: Session, room: RoomId, topic: string): void => {
  if (!isInbox(room)) socket.subscribe(topic);
};
const unsubscribe = ({ socket }: Session, room: RoomId, topic: string): void => {
  if (!isInbox(room)) socket.unsubscribe(topic);
};

/** In one turn: nothing is published between, so nothing comes twice or not at all. */
const move = (session: Session, room: RoomId, from: string, to: string): void => {
  subscribe(session, room, to);
  unsubscribe(session, room, from);
};

export function createRoomTopics({ hub }: { hub: Pick<RoomHub, 'cursor'> }): RoomTopics {
  const mutedIn = new Map<RoomId, number>();

  const setMuted = (room: RoomId, stay: RoomStay, muted: boolean): void => {
    if (stay.muted === muted) return;
    stay.muted = muted;
    const count = (mutedIn.get(room) ?? 0) + (muted ? 1 : -1);
    if (count === 0) mutedIn.delete(room);
    else mutedIn.set(room, count);
  };

  const shut: RoomTopics['shut'] = (session, room, stay) => {
    if (!stay.live) return;
    if (stay.heldAt === undefined) unsubscribe(session, room, stay.muted ? quietTopicOf(room) : topicOf(room));
    stay.live = false;
    stay.heldAt = undefined;
    setMuted(room, stay, false);
  };

  const mute: RoomTopics['mute'] = (session) => {
    session.flow = 'events';
    for (const [room, stay] of session.rooms) {
      if (!stay.live || stay.muted) continue;
      move(session, room, topicOf(room), quietTopicOf(room));
      setMuted(room, stay, true);
    }
  };

  return {
    shut,
    mute,
    open: (session, room, stay) => {
      shut(session, room, stay);
      const { flow } = session;
      stay.live = true;
      if (flow === 'held') stay.heldAt = hub.cursor(room);
      else subscribe(session, room, flow === 'all' ? topicOf(room) : quietTopicOf(room));
      setMuted(room, stay, flow !== 'all');
    },
    unmute: (session) => {
      session.flow = 'all';
      for (const [room, stay] of session.rooms) {
        if (!stay.live || !stay.muted) continue;
        move(session, room, quietTopicOf(room), topicOf(room));
        setMuted(room, stay, false);
      }
    },
    hold: (session) => {
      mute(session);
      session.flow = 'held';
      for (const [room, stay] of session.rooms) {
        if (!stay.live || stay.heldAt !== undefined) continue;
        unsubscribe(session, room, quietTopicOf(room));
        stay.heldAt = hub.cursor(room);
      }
    },
    release: (session) => {
      session.flow = 'events';
      const late: Late[] = [];
      for (const [room, stay] of session.rooms) {
        const cursor = stay.heldAt;
        if (cursor === undefined) continue;
        shut(session, room, stay);
        late.push({ room, stay, cursor });
      }
      return late;
    },
    muted: (room) => mutedIn.get(room) ?? 0,
  };
}
