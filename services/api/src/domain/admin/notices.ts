import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { type ClientId, type NoticeId, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { type Makings, once } from '../once.ts';
import { type Actor, actingId, actorText } from './actor.ts';

/** A word of who runs the installation, on its way to whom it is for. */
export interface Notice {
  readonly id: NoticeId;
  readonly text: string;
  readonly by: string;
  readonly at: Date;
  readonly room?: RoomId;
  readonly told: number;
  readonly done: boolean;
}

export interface NewNotice {
  readonly text: string;
  readonly users?: readonly UserId[] | undefined;
  readonly room?: RoomId | undefined;
}

export interface NoticeChange {
  readonly makings: Makings;
  add(notice: NewNotice & Pick<Notice, 'id' | 'by' | 'at'> & { readonly user: UserId }): Promise<void>;
}

export interface NoticeStore {
  /** All of `work` or nothing. It may run more than once. */
  run<T>(work: (change: NoticeChange) => Promise<T>): Promise<T>;
  find(id: NoticeId): Promise<Notice | undefined>;
  /** The newest first. */
  list(page: { readonly below: NoticeId | undefined; readonly limit: number }): Promise<Notice[]>;
}

export interface Notices {
  /** Once for one client id. Log workers tell it, each user once, whatever dies meanwhile. */
  send(by: Actor, asked: NewNotice & { readonly clientId?: ClientId | undefined }): Promise<Notice>;
  get(id: NoticeId): Promise<Notice>;
  list: NoticeStore['list'];
}

export function createNotices(deps: {
  store: NoticeStore;
  rooms: { withId(room: RoomId): Promise<object | undefined> };
  clock: Clock;
}): Notices {
  const { store, rooms, clock } = deps;

  async function get(id: NoticeId): Promise<Notice> {
    const found = await store.find(id);
    if (found === undefined) throw new Failure('not_found', { detail: 'No such notice' });
    return found;
  }

  return {
    get,
    list: store.list,
    async send(by, { clientId, ...asked }) {
      const { users, room } = asked;
      if (users !== undefined && room !== undefined)
        throw new Failure('invalid_request', { detail: 'Either users or a room' });
      const user = actingId(by);
      const at = new Date(clock.now());
      const making = clientId && { user, command: 'notices.send' as const, clientId, asked };
      const { id } = await store.run((change) =>
        once(change.makings, making, at.getTime(), async () => {
          if (room !== undefined && (await rooms.withId(room)) === undefined) throw new Failure('room_not_found');
          const made = { ...asked, id: newId<NoticeId>(at.getTime()), by: actorText(by), user, at };
          await change.add(made);
          return made;
        }),
      );
      return get(id);
    },
  };
}
