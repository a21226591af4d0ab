import { isInbox, type RoomId } from '@gapless/shared/schema';
import { quietTopicOf, topicOf } from './fan-out.ts';
import type { RoomStay } from './room-hub.ts';
import type { Session } from './session.ts';
import type { Publisher } from './socket.ts';

/**
 * The topics that a socket is subscribed to: one of each of its live rooms, as its flow goes. A room has none while one socket
 * alone is live in it, which is sent to by itself: of direct rooms there are many, and a topic would cost more than the rest.
 */
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
  /** To all sockets that the room is live on, and not held back from. */
  event(room: RoomId, frame: Uint8Array): void;
  /** To those of them that get signals. */
  signal(room: RoomId, frame: Uint8Array): void;
  /** Sockets that go without the signals of the room: their events go out on a topic of their own. */
  muted(room: RoomId): number;
}

export interface Late {
  readonly room: RoomId;
  readonly stay: RoomStay;
  readonly cursor: number;
}

export function createRoomTopics(deps: { publisher: Publisher; cursor: (room: RoomId) => number }): RoomTopics {
  const { publisher, cursor } = deps;
  const mutedIn = new Map<RoomId, number>();
  /** Who is alone in a room, or how many share its topic; inboxes have none (`inbox-sockets.ts`). */
  const listeners = new Map<RoomId, Session | number>();

  const hasTopic = (room: RoomId): boolean => typeof listeners.get(room) === 'number';
  const subscribe = ({ socket }: Session, room: RoomId, topic: string): void => {
    if (hasTopic(room)) socket.subscribe(topic);
  };
  const unsubscribe = ({ socket }: Session, room: RoomId, topic: string): void => {
    if (hasTopic(room)) socket.unsubscribe(topic);
  };

  /** In one turn: nothing is published between, so nothing comes twice or not at all. */
  const move = (session: Session, room: RoomId, from: string, to: string): void => {
    subscribe(session, room, to);
    unsubscribe(session, room, from);
  };

  /** By the string of the stay, which all of the room share. */
  const listen = (session: Session, { room }: RoomStay): void => {
    if (isInbox(room)) return;
    const before = listeners.get(room);
    if (before === undefined) return void listeners.set(room, session);
    if (typeof before === 'number') return void listeners.set(room, before + 1);
    listeners.set(room, 2);
    // What is published from here on must not overtake what waits.
    before.flush();
    const stay = before.rooms.get(room);
    if (stay?.heldAt === undefined) subscribe(before, room, stay?.muted ? quietTopicOf(room) : topicOf(room));
  };

  /** A topic stays until the last one goes: who is left of several is not looked for. */
  const unlisten = (room: RoomId): void => {
    const before = listeners.get(room);
    if (typeof before === 'number' && before > 1) listeners.set(room, before - 1);
    else listeners.delete(room);
  };

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
    unlisten(room);
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
      listen(session, stay);
      stay.live = true;
      if (flow === 'held') stay.heldAt = cursor(room);
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
        stay.heldAt = cursor(room);
      }
    },
    release: (session) => {
      session.flow = 'events';
      const late: Late[] = [];
      for (const [room, stay] of session.rooms) {
        const { heldAt } = stay;
        if (heldAt === undefined) continue;
        shut(session, room, stay);
        late.push({ room, stay, cursor: heldAt });
      }
      return late;
    },
    event: (room, frame) => {
      const to = listeners.get(room);
      if (typeof to === 'object') {
        if (to.rooms.get(room)?.heldAt === undefined) to.sendSoon(frame);
        return;
      }
      publisher.publish(topicOf(room), frame);
      if (mutedIn.has(room)) publisher.publish(quietTopicOf(room), frame);
    },
    signal: (room, frame) => {
      const to = listeners.get(room);
      if (typeof to !== 'object') publisher.publish(topicOf(room), frame);
      else if (!mutedIn.has(room)) to.sendSoon(frame);
    },
    muted: (room) => mutedIn.get(room) ?? 0,
  };
}
