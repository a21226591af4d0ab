import type { RoomCommand } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { RoomId, UserId } from '@gapless/shared/schema';
import { imageAsked } from '../files/image-uses.ts';
import { applyFields, differences, type FieldChanges, isSame } from './room-fields.ts';
import type { RoomFields } from './room-store.ts';
import { type Asked, eventOf, type RoomWork, refuseArchived, refuseDirect } from './room-work.ts';
import type { RoomView } from './rooms.ts';

/** What a room is, for everybody in it. Each may be repeated: what is so already is done, and nobody is told. */
export interface RoomSettings {
  /** Rejects with `stale` when its fields are not those of that version any more. */
  change(by: UserId, room: RoomId, changes: FieldChanges, ifVersion?: number): Promise<RoomView>;
  /** Only who keeps order may write. */
  freeze(by: UserId, room: RoomId, on: boolean): Promise<void>;
  /** Nobody may write or come in; who is in may read and leave. */
  archive(by: UserId, room: RoomId, on: boolean): Promise<void>;
  /** Seconds between two messages of one member; 0 ends it. */
  slow(by: UserId, room: RoomId, seconds: number): Promise<void>;
  /** For good and for all: it is not found any more, and nothing of it read. */
  delete(by: UserId, room: RoomId): Promise<void>;
}

export function createRoomSettings({ work }: { work: RoomWork }): RoomSettings {
  async function become(asked: Asked, fields: RoomFields): Promise<RoomView> {
    const { change, room: before, membership } = asked;
    refuseDirect(before);
    if (isSame(before, fields)) return { room: before, membership };
    if (before.image !== fields.image) await change.images.end(before.image);
    const room = await change.setFields(before, fields);
    const event = { t: 'room', ...eventOf(asked), ver: room.version, ...differences(before, fields) } as const;
    await change.announce(room.version, event, []);
    return { room, membership };
  }

  const set = (command: RoomCommand, by: UserId, id: RoomId, fields: Partial<RoomFields>) =>
    work.run(command, by, id, async (asked) => {
      const isArchiving = fields.archived !== undefined;
      if (!isArchiving) refuseArchived(asked.room);
      await become(asked, { ...asked.room, ...fields });
    });

  return {
    change: (by, id, changes, ifVersion) =>
      work.run('rooms.change', by, id, async (asked) => {
        const { room, change } = asked;
        if (ifVersion !== undefined && ifVersion !== room.changedIn) throw new Failure('stale');
        refuseArchived(room);
        refuseDirect(room);
        const image = await imageAsked(change.images, changes, { owner: id, by });
        return become(asked, applyFields(room, { ...changes, image }));
      }),
    freeze: (by, id, frozen) => set(frozen ? 'rooms.freeze' : 'rooms.unfreeze', by, id, { frozen }),
    archive: (by, id, archived) => set(archived ? 'rooms.archive' : 'rooms.unarchive', by, id, { archived }),
    slow: (by, id, slow) => set('rooms.slow', by, id, { slow }),
    delete: (by, id) =>
      work.run('rooms.delete', by, id, async (asked) => {
        const { change, room } = asked;
        refuseDirect(room);
        const { image, ...rest } = room;
        await change.images.end(image);
        const { version } = await change.setFields(room, { ...rest, gone: true });
        await change.announceEnd(version, { t: 'room', ...eventOf(asked), ver: version, gone: 1 });
      }),
  };
}
