import type { Commands } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { ServerFrameOf } from '@gapless/shared/protocol';
import type { RoomId } from '@gapless/shared/schema';
import type { RoomAccessCache } from '../room-access.ts';
import type { Handler } from './operation.ts';

export interface HistDeps {
  readonly access: Pick<RoomAccessCache, 'isMember'>;
  readonly commands: Pick<Commands, 'call'>;
  /** Sequence of the room's newest event, as far as this edge heard. */
  readonly newest: (room: RoomId) => number;
}

/** What `history.page` of the api answers. */
type Page = Pick<ServerFrameOf<'hist'>, 'ev' | 'next' | 'newer'>;

const messagesAPage = 50;

/** The same page that REST gives, of the same domain function. */
export function createHist({ access, commands, newest }: HistDeps): Handler<'hist'> {
  return async (session, { i, r, before, after, around, re, n = messagesAPage }) => {
    const { user } = session;
    if (!(await access.isMember(user, r))) throw new Failure('not_member');
    // The client may have it: a replica of the log that lacks it must not tell that nothing is there.
    const asked = { u: user, r, before, after, around, re, limit: n, head: newest(r) };
    const { ev, next, newer } = (await commands.call('history.page', asked)) as Page;
    const ends = { ...(next === undefined ? {} : { next }), ...(newer === undefined ? {} : { newer }) };
    session.send({ t: 'hist', i, r, ev, ...ends });
  };
}
