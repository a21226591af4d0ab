import {
  type NotifyRoom,
  type RoomId,
  type RoomNotify,
  type UserId,
  type UserNotify,
  unsetNotify,
} from '@gapless/shared/schema';
import type { BlockStore } from './block-store.ts';
import { notifyRoomOf } from './notify-settings.ts';
import type { NotifyStore } from './notify-store.ts';
import type { RoomStore } from './room-store.ts';

/** A room as whoever tells its members of messages needs it. Of a large one only those who asked for all of it speak. */
export interface NoteRoom extends NotifyRoom {
  readonly room: RoomId;
  readonly voices: ReadonlyMap<UserId, RoomNotify>;
}

export interface NoteUser extends UserNotify {
  readonly user: UserId;
  /** Between whom and him there is a block, whoever made it. */
  readonly blocked: readonly UserId[];
}

/** What edges remember for a while of those whom they tell of messages. */
export interface NoteSettings {
  /** Without rooms that are gone. */
  rooms(ids: readonly RoomId[]): Promise<NoteRoom[]>;
  users(ids: readonly UserId[]): Promise<NoteUser[]>;
}

/** Of the members of small rooms together, of whom few ever say anything. */
const mostVoices = 10_000;

export function createNoteSettings(deps: {
  store: Pick<NotifyStore, 'voices' | 'ofUsers'>;
  rooms: Pick<RoomStore, 'withIds'>;
  blocks: Pick<BlockStore, 'partedFrom'>;
  /** Members up to which a group tells of every message by itself. */
  allMembers: number;
  /** Most members of a larger one who are told of every message. */
  allLimit: number;
}): NoteSettings {
  const { store, rooms, blocks, allMembers, allLimit } = deps;
  return {
    async rooms(ids) {
      const found = (await rooms.withIds(ids)).map((room) => ({ room: room.id, ...notifyRoomOf(room, allMembers) }));
      const small = found.filter(({ isLarge }) => !isLarge).map(({ room }) => room);
      const large = found.filter(({ isLarge }) => isLarge).map(({ room }) => room);
      const said = await Promise.all([
        store.voices(small, mostVoices),
        ...large.map((room) => store.voices([room], allLimit, 'all')),
      ]);
      const voices = new Map(said.flat().map((one) => [one.room, one.voices]));
      return found.map((one) => ({ ...one, voices: voices.get(one.room) ?? new Map() }));
    },
    async users(ids) {
      const [said, parted] = await Promise.all([store.ofUsers(ids), blocks.partedFrom(ids)]);
      return ids.map((user) => ({ user, ...(said.get(user) ?? unsetNotify), blocked: [...(parted.get(user) ?? [])] }));
    },
  };
}
