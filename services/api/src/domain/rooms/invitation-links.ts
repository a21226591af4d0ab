import { createHash, randomBytes } from 'node:crypto';
import { isPermitted } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { admit, type MemberLimits } from './admission.ts';
import type { InvitePage, InviteStore, Link } from './invites.ts';
import type { RoomChange, RoomChanges } from './room-changes.ts';
import { type RoomWork, refuseArchived, refuseDirect } from './room-work.ts';
import type { RoomView } from './rooms.ts';
import { type RoomReads, seenByMember } from './standing.ts';

/** Whoever has the code of a link may join, until it ends, is used up or revoked, while who made it keeps order. */
export interface InvitationLinks {
  /** With the code, which nobody can be told again: only its hash is kept. */
  create(by: UserId, room: RoomId, asked: LinkTerms): Promise<{ readonly link: Link; readonly code: string }>;
  ofRoom(by: UserId, room: RoomId, page: InvitePage): Promise<Link[]>;
  /** May be repeated. Who came by it stays. */
  revoke(by: UserId, room: RoomId, link: string): Promise<void>;
  /** Costs a use only for who comes in by it. */
  join(user: UserId, code: string): Promise<RoomView>;
}

export interface LinkTerms {
  readonly until?: Date | undefined;
  readonly uses?: number | undefined;
}

const codeBytes = 16;
const linksOfARoom = 100;

export function createInvitationLinks(deps: {
  store: InviteStore;
  rooms: RoomReads;
  changes: RoomChanges;
  work: RoomWork;
  clock: Clock;
  limits: MemberLimits;
}): InvitationLinks {
  const { store, rooms, changes, work, clock, limits } = deps;

  const isOver = ({ until, usesLeft }: Link): boolean =>
    (until !== undefined && until.getTime() <= clock.now()) || usesLeft === 0;

  /** Whose right to let people in has ended lets nobody in by what he left behind either. */
  async function isKept(change: RoomChange, { room, by }: Link): Promise<boolean> {
    const maker = await change.membership(room, by);
    return maker !== undefined && isPermitted('invitations.create', maker.role);
  }

  async function enter(change: RoomChange, user: UserId, { id, room: into }: Link): Promise<RoomView> {
    const room = await change.room(into);
    const link = await change.link(id);
    if (room === undefined || link === undefined) throw noLink();
    const membership = await change.membership(into, user);
    if (membership !== undefined) return { room, membership };
    if (isOver(link) || !(await isKept(change, link))) throw noLink();
    if ((await change.bannedAmong(into, [user])).has(user)) throw new Failure('banned');
    if (!(await change.spendLink(id))) throw noLink();
    const admitted = await admit({ change, room, by: user, now: clock.now() }, 'join', [user], limits);
    return { room: admitted.room, membership: admitted.memberships[0] };
  }

  return {
    async create(by, room, { until, uses }) {
      if (until !== undefined && until.getTime() <= clock.now()) {
        throw new Failure('invalid_request', { detail: '`until` has passed' });
      }
      const code = randomBytes(codeBytes).toString('base64url');
      const link = await work.run('invitations.create', by, room, async ({ change, ...asked }) => {
        refuseDirect(asked.room);
        refuseArchived(asked.room);
        await change.lock(room);
        if ((await change.linksOf(room, linksOfARoom)) >= linksOfARoom) throw new Failure('too_many_invites');
        const made: Link = {
          ...{ id: newId(asked.now), room, by, at: new Date(asked.now), codeHash: hashOf(code) },
          ...(until === undefined ? {} : { until }),
          ...(uses === undefined ? {} : { usesLeft: uses }),
        };
        await change.addLink(made);
        return made;
      });
      return { link, code };
    },
    async ofRoom(user, room, page) {
      await seenByMember(rooms, 'invitations.list', { room, user, now: clock.now() });
      return store.linksOf(room, page);
    },
    revoke: (by, room, link) => work.run('invitations.revoke', by, room, ({ change }) => change.removeLink(room, link)),
    async join(user, code) {
      const link = await store.linkWithHash(hashOf(code));
      if (link === undefined) throw noLink();
      return changes.run(link.room, (change) => enter(change, user, link));
    },
  };
}

const hashOf = (code: string): string => createHash('sha256').update(code).digest('base64url');

/** Ended, used up, revoked or never there: nobody is told which. */
const noLink = () => new Failure('not_found', { detail: 'No such link, or it has ended' });
