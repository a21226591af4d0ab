import { Failure } from '@gapless/shared/errors';
import { maxToldMembers } from '@gapless/shared/protocol';
import { isVisible, type RoomId, type UserId } from '@gapless/shared/schema';
import type { History } from '../messages/history.ts';
import type { Membership, RoomStore } from '../rooms/room-store.ts';
import { visibleTo } from '../rooms/visible-to.ts';
import { type Marks, type MemberMark, markKey } from './marks.ts';

export interface Reader {
  readonly user: UserId;
  /** When he last said how far he has read. */
  readonly at: Date;
}

export interface ReadersPage {
  readonly items: readonly Reader[];
  /** Whom the next page begins behind; absent: there is no more. */
  readonly next?: UserId;
  /** In rooms that are no crowd. */
  readonly counts?: { readonly read: number; readonly received: number; readonly of: number };
}

/** Who has read one message. */
export interface Readers {
  /** By rising id, those above `above` who may see it, but its author; for members who may see it themselves. */
  list(
    user: UserId,
    message: { readonly room: RoomId; readonly seq: number },
    page: { readonly above?: UserId | undefined; readonly limit: number },
  ): Promise<ReadersPage>;
}

const lookedAtOnce = 250;
/** In a crowd of whom few have read it a page ends there, with those whom it found. */
const lookedAtMost = 1_000;

export function createReaders(deps: {
  history: Pick<History, 'get'>;
  rooms: Pick<RoomStore, 'withId' | 'membersOf'>;
  marks: Marks;
}): Readers {
  const { history, rooms, marks } = deps;

  const seers = (members: readonly Membership[], author: UserId, seq: number): Membership[] =>
    members.filter((member) => member.user !== author && isVisible(visibleTo(member), seq));

  const of = async (members: readonly Membership[]): Promise<MemberMark[]> => {
    const found = await marks.of(members);
    return members.flatMap((member) => found.get(markKey(member)) ?? []);
  };

  async function all(room: RoomId, author: UserId, seq: number): Promise<[MemberMark[], number]> {
    const members = seers(await rooms.membersOf(room, { limit: lookedAtOnce }), author, seq);
    return [await of(members), members.length];
  }

  async function ofCrowd(
    room: RoomId,
    author: UserId,
    seq: number,
    page: { above?: UserId | undefined; limit: number },
  ) {
    const items: Reader[] = [];
    let { above } = page;
    for (let looked = 0; looked < lookedAtMost; looked += lookedAtOnce) {
      const members = await rooms.membersOf(room, { above, limit: lookedAtOnce });
      items.push(...readers(await of(seers(members, author, seq)), seq));
      if (items.length > page.limit) return pageOf(items, page.limit);
      above = members.at(-1)?.user;
      if (members.length < lookedAtOnce || above === undefined) return { items };
    }
    return { items, ...(above === undefined ? {} : { next: above }) };
  }

  return {
    async list(user, { room, seq }, { above, limit }) {
      const { user: author, deleted } = await history.get(user, room, seq, 'messages.readers');
      if (deleted) throw new Failure('not_found', { detail: 'No such message' });
      const { members = 0 } = (await rooms.withId(room)) ?? {};
      if (members > maxToldMembers) return ofCrowd(room, author, seq, { above, limit });
      const [found, count] = await all(room, author, seq);
      const read = readers(found, seq);
      const received = found.filter((mark) => Math.max(mark.recv, mark.read) >= seq).length;
      const behind = above === undefined ? read : read.filter((one) => one.user > above);
      return { ...pageOf(behind, limit), counts: { read: read.length, received, of: count } };
    },
  };
}

const readers = (marks: readonly MemberMark[], seq: number): Reader[] =>
  marks.flatMap(({ user, read, readAt, at }) =>
    read < seq ? [] : [{ user, at: readAt === undefined ? at : new Date(readAt) }],
  );

function pageOf(items: readonly Reader[], limit: number): Pick<ReadersPage, 'items' | 'next'> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return items.length > limit && last !== undefined ? { items: shown, next: last.user } : { items: shown };
}
