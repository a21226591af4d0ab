import { keepsOrder, type RoomAccess } from './membership.ts';
import type { RoomFlags } from './room.ts';

/** `add`: a message, an edit, a reaction, a word that one is typing. `take_back`: to delete, to take a reaction back. */
export type WriteAct = 'add' | 'take_back';

export type WriteRefusal =
  | { readonly may: false; readonly why: 'not_member' | 'archived' | 'frozen' | 'blocked' }
  /** `retryMs`: until it ends; absent: it does not by itself. */
  | { readonly may: false; readonly why: 'muted'; readonly retryMs?: number };

export type MayWrite = { readonly may: true } | WriteRefusal;

/** `RoomAccess.mute` of who is muted until somebody says otherwise. */
export const mutedForGood = Number.MAX_SAFE_INTEGER;

/**
 * Whether somebody may write in a room now, wherever he asks: by socket or REST. `access`: his membership, `undefined` of
 * none; `flags`: what was said of the room, `undefined` of nothing. Slow mode is for `slowSeconds` to say.
 */
export function mayWrite(
  access: RoomAccess | undefined,
  flags: RoomFlags | undefined,
  nowMs: number,
  act: WriteAct = 'add',
): MayWrite {
  if (access === undefined || flags?.gone === 1) return { may: false, why: 'not_member' };
  if (flags?.archived === 1) return { may: false, why: 'archived' };
  if (flags?.frozen === 1 && !keepsOrder(access.role)) return { may: false, why: 'frozen' };
  if (act === 'take_back') return { may: true };
  if (access.blk === 1) return { may: false, why: 'blocked' };
  const { mute = 0 } = access;
  if (mute <= nowMs) return { may: true };
  return { may: false, why: 'muted', ...(mute >= mutedForGood ? {} : { retryMs: mute - nowMs }) };
}

/** Seconds that he has to let pass between two messages; 0: none. */
export const slowSeconds = (access: Pick<RoomAccess, 'role'>, flags: RoomFlags | undefined): number =>
  keepsOrder(access.role) ? 0 : (flags?.slow ?? 0);
