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
type Page = Pick<ServerFrameOf<'hist'>, 'ev' | 'next'>;

const messagesAPage = 50;

/** The same page that REST gives, of the same domain function. */
export function createHist({ access, commands }: HistDeps): Handler<'hist'> {
  return async (session, { i, r, before, after, n = messagesAPage }) => {
    const { user } = session;
    if (!(await access.isMember(user, r))) throw new Failure('not_member');
    const asked = { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
    const { ev, next } = (await commands.call('history.page', { u: user, r, ...asked, limit: n })) as Page;
    session.send({ t: 'hist', i, r, ev, ...(next === undefined ? {} : { next }) });
  };
}
