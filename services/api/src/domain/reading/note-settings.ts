import {
  type NotifyRoom,
  type RoomId,
  type RoomNotify,
  type UserId,
  type UserNotify,
  unsetNotify,
} from '@gapless/shared/schema';
import type { BlockStore, Pair } from '../people/block-store.ts';
import type { RoomStore } from '../rooms/room-store.ts';
import { notifyRoomOf } from './notify-settings.ts';
import type { NotifyStore, RoomVoices } from './notify-store.ts';

/** A room as whoever tells its members of messages needs it. Of a large one only those who asked for all of it speak. */
export interface NoteRoom extends NotifyRoom {
  readonly room: RoomId;
  readonly voices: ReadonlyMap<UserId, RoomNotify>;
}

export interface NoteUser extends UserNotify {
  readonly user: UserId;
}

/** What edges remember for a while of those whom they tell of messages. */
export interface NoteSettings {
  /** Without rooms that are gone. */
  rooms(ids: readonly RoomId[]): Promise<NoteRoom[]>;
  users(ids: readonly UserId[]): Promise<NoteUser[]>;
  /** Those of these pairs between whom there is a block, whoever made it. */
  blocked(pairs: readonly Pair[]): Promise<Pair[]>;
}

/** Of whoever was ever in these small rooms together, of whom few say anything. */
const mostVoices = 5_000;

export function createNoteSettings(deps: {
  store: Pick<NotifyStore, 'voices' | 'ofMembers' | 'ofUsers'>;
  rooms: Pick<RoomStore, 'withIds' | 'membersOf'>;
  blocks: Pick<BlockStore, 'ofPairs'>;
  /** Members up to which a group tells of every message by itself. */
  allMembers: number;
  /** Most members of a larger one who are told of every message. */
  allLimit: number;
}): NoteSettings {
  const { store, rooms, blocks, allMembers, allLimit } = deps;

  async function voicesOf(small: readonly RoomId[]): Promise<RoomVoices[]> {
    const said = await store.voices(small, mostVoices);
    if (said.reduce((sum, { voices }) => sum + voices.size, 0) < mostVoices) return said;
    // Some may be missing, for what was said of a room outlasts memberships: only members are asked about.
    const complete: RoomVoices[] = [];
    for (const room of small) {
      const members = await rooms.membersOf(room, { limit: allMembers });
      complete.push({
        room,
        voices: await store.ofMembers(
          room,
          members.map(({ user }) => user),
        ),
      });
    }
    return complete;
  }

  return {
    async rooms(ids) {
      const found = (await rooms.withIds(ids)).map((room) => ({ room: room.id, ...notifyRoomOf(room, allMembers) }));
      const small = found.filter(({ isLarge }) => !isLarge).map(({ room }) => room);
      const large = found.filter(({ isLarge }) => isLarge).map(({ room }) => room);
      const said = await Promise.all([voicesOf(small), ...large.map((room) => store.voices([room], allLimit, 'all'))]);
      const voices = new Map(said.flat().map((one) => [one.room, one.voices]));
      return found.map((one) => ({ ...one, voices: voices.get(one.room) ?? new Map() }));
    },
    async users(ids) {
      const said = await store.ofUsers(ids);
      return ids.map((user) => ({ user, ...(said.get(user) ?? unsetNotify) }));
    },
    blocked: (pairs) => blocks.ofPairs(pairs),
  };
}
