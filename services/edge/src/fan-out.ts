import { frameOf } from '@gapless/shared/bus';
import type { RoomId } from '@gapless/shared/schema';
import type { EdgeMetrics } from './metrics.ts';

/** The topic of a room's events and signals among the sockets of this edge. */
export const topicOf = (room: RoomId): string => room;

/** That of its events alone, for slow sockets. A topic for each kind would be two of each room to every socket. */
export const quietTopicOf = (room: RoomId): string => `${room}/quiet`;

const message = new TextEncoder().encode('{"v":1,"t":"msg"');

/** Tells a message, which is nearly everything, from the rest without parsing it. */
export function isMessage(bytes: Uint8Array): boolean {
  for (let at = 0; at < message.length; at++) if (bytes[at] !== message[at]) return false;
  return true;
}

/** An event goes to the sockets of its room by one call, in the bytes that its sender's edge made. Returns the frame. */
export function createFanOut(deps: {
  send: (room: RoomId, frame: Uint8Array) => void;
  /** Hears how many bytes went out. */
  published: (bytes: number) => void;
  metrics: Pick<EdgeMetrics, 'events' | 'deliveries'>;
  /** Hears of the events that are no messages. */
  changed: (room: RoomId, seq: number, bytes: Uint8Array) => void;
}) {
  const { send, published, metrics, changed } = deps;
  return (room: RoomId, seq: number, prev: number, bytes: Uint8Array, sockets: number): Uint8Array => {
    const frame = frameOf(seq, prev, bytes);
    metrics.events.inc();
    if (sockets > 0) {
      send(room, frame);
      metrics.deliveries.inc(sockets);
      published(frame.byteLength);
    }
    if (!isMessage(bytes)) changed(room, seq, bytes);
    return frame;
  };
}
