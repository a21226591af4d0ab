import type { RoomCommand } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { RoomId, UserId } from '@gapless/shared/schema';
import type { RoomChange, RoomChanges } from './room-changes.ts';
import type { Membership, Room } from './room-store.ts';
import { authorise, type Seen } from './standing.ts';

/** Somebody asks for a change of a room, and may. */
export interface Asked<M extends Membership | undefined = Membership> {
  readonly change: RoomChange;
  readonly by: UserId;
  readonly room: Room;
  readonly membership: M;
  readonly now: number;
  /** Who runs the installation asks: he stands above everybody in the room. */
  readonly byRight?: true;
}

export interface RoomWork {
  /** For a command that also those may ask for who are not in. */
  open<T>(
    command: RoomCommand,
    by: UserId,
    room: RoomId,
    work: (asked: Asked<Membership | undefined>) => Promise<T>,
  ): Promise<T>;
  /** For a command that only members may ask for. */
  run<T>(command: RoomCommand, by: UserId, room: RoomId, work: (asked: Asked) => Promise<T>): Promise<T>;
}

/** What every change of a room begins with: one moment of the store, in which whoever asks is allowed to. */
export function createRoomWork({ changes, clock }: { changes: RoomChanges; clock: Clock }): RoomWork {
  const open: RoomWork['open'] = (command, by, id, work) =>
    changes.run(id, async (change) => {
      const found = await look(change, id, by);
      const now = clock.now();
      authorise(command, found, now);
      return work({ change, by, now, room: found.room, membership: found.membership });
    });

  return {
    open,
    run: (command, by, id, work) =>
      open(command, by, id, ({ membership, ...asked }) => {
        if (membership === undefined) throw new Failure('not_member');
        return work({ ...asked, membership });
      }),
  };
}

/**
 * The same for who runs the installation: he need not be in, and may whatever an owner may. To what follows he looks like an
 * owner whom nobody has let in.
 */
export function createRoomWorkByRight({ changes, clock }: { changes: RoomChanges; clock: Clock }): RoomWork {
  const run: RoomWork['run'] = (_command, by, id, work) =>
    changes.run(id, async (change) => {
      const room = await change.room(id);
      if (room === undefined) throw new Failure('room_not_found');
      const now = clock.now();
      return work({ change, by, now, room, membership: ownerOf(room, by, now), byRight: true });
    });
  return { open: run, run };
}

const ownerOf = ({ id: room, history }: Room, user: UserId, now: number): Membership => ({
  ...{ room, user, role: 'owner', version: 0, joinedIn: 0, since: 0, joinedAt: new Date(now), history, past: [] },
});

async function look(change: RoomChange, id: RoomId, user: UserId): Promise<Seen> {
  const room = await change.room(id);
  const membership = room && (await change.membership(id, user));
  const mayBeBanned = room !== undefined && membership === undefined;
  const isBanned = mayBeBanned && (await change.bannedAmong(id, [user])).has(user);
  return { room, membership, isBanned };
}

export function refuseArchived(room: Room): void {
  if (room.archived) throw new Failure('archived');
}

export function refuseDirect(room: Room): void {
  if (room.kind === 'direct') throw new Failure('forbidden', { detail: 'Not in a direct room' });
}

/** What each event of a room begins with. */
export const eventOf = ({ room, by, now }: Pick<Asked, 'room' | 'by' | 'now'>) =>
  ({ v: 1, r: room.id, u: by, at: now }) as const;
