import { bareId, type RoomId } from '../schema/index.ts';
import { bucketCount, bucketOf, bucketToken } from './subjects.ts';

export interface StreamSettings {
  /** How many streams share the buckets: 1 on a laptop, at least 8 in production. */
  readonly streamCount: number;
  readonly replicas: number;
  readonly maxBytes: number;
  readonly duplicateWindowMs: number;
}

export const streamName = (index: number): string => `ROOM_${index}`;

export const streamNames = (count: number): string[] => Array.from({ length: count }, (_, n) => streamName(n));

/** Neighbouring buckets share a stream. */
const streamOfBucket = (bucket: number, count: number): number => Math.floor((bucket * count) / bucketCount);

export const streamOf = (room: RoomId, count: number): string =>
  streamName(streamOfBucket(bucketOf(bareId(room)), count));

/** The rooms of each stream that has some of them. */
export function byStream(rooms: readonly RoomId[], count: number): Map<string, RoomId[]> {
  const groups = new Map<string, RoomId[]>();
  for (const room of rooms) {
    const stream = streamOf(room, count);
    const group = groups.get(stream);
    if (group === undefined) groups.set(stream, [room]);
    else group.push(room);
  }
  return groups;
}

/** Subjects of one stream: all rooms and inboxes of its buckets. */
export function streamSubjects(index: number, count: number): string[] {
  if (count === 1) return ['room.*.*', 'user.*.*'];
  const buckets = Array.from({ length: bucketCount }, (_, bucket) => bucket);
  const own = buckets.filter((b) => streamOfBucket(b, count) === index).map(bucketToken);
  return [...own.map((bucket) => `room.${bucket}.*`), ...own.map((bucket) => `user.${bucket}.*`)];
}
