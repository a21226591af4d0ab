import type { Commands } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { ServerFrameOf } from '@gapless/shared/protocol';
import type { RoomAccessCache } from '../room-access.ts';
import type { Handler } from './operation.ts';

export interface HistDeps {
  readonly access: Pick<RoomAccessCache, 'isMember'>;
  readonly commands: Pick<Commands, 'call'>;
}

/** What `history.page` of the api answers. */
type Page = Pick<ServerFrameOf<'hist'>, 'ev' | 'next' | 'newer'>;

const messagesAPage = 50;

/** The same page that REST gives, of the same domain function. */
export function createHist({ access, commands }: HistDeps): Handler<'hist'> {
  return async (session, { i, r, before, after, around, re, n = messagesAPage }) => {
    const { user } = session;
    if (!(await access.isMember(user, r))) throw new Failure('not_member');
    const asked = { u: user, r, before, after, around, re, limit: n };
    const { ev, next, newer } = (await commands.call('history.page', asked)) as Page;
    const ends = { ...(next === undefined ? {} : { next }), ...(newer === undefined ? {} : { newer }) };
    session.send({ t: 'hist', i, r, ev, ...ends });
  };
}
