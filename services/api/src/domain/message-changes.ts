import { Failure } from '@gapless/shared/errors';
import { refuseUnfitEmoji, refuseUnfitText } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import {
  type ClientEvent,
  type ClientId,
  isVisible,
  type RoomEvent,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import type { EventStore, Message } from './event-store.ts';
import { asLogged, type FindMessage } from './find-message.ts';
import { foldChanges } from './fold-changes.ts';
import { isLoggedChange, type LoggedEvent, type LogTail } from './log-tail.ts';
import { keepsOrder } from './roles.ts';
import type { Membership } from './room-store.ts';
import { memberOf, type RoomReads } from './standing.ts';
import { visibleTo } from './visible-to.ts';

/** Whose change, of which message, under which client id: repeated with the same one it is made once. */
export interface ChangeTarget {
  readonly user: UserId;
  readonly room: RoomId;
  readonly message: number;
  readonly clientId: ClientId;
}

export interface Stored {
  readonly seq: number;
  readonly at: number;
  /** It had been made before. */
  readonly duplicate: boolean;
}

/** Each is in the room's log when it resolves. */
export interface MessageChanges {
  /** For its author. */
  edit(change: ChangeTarget & { readonly text: string }): Promise<Stored>;
  /** For its author, and for who keeps order in the room. */
  delete(change: ChangeTarget): Promise<Stored>;
  /** For every member. */
  react(change: ChangeTarget & { readonly emoji: string; readonly on: boolean }): Promise<Stored>;
}

export interface MessageChangesDeps {
  readonly rooms: RoomReads;
  readonly events: Pick<EventStore, 'message' | 'watermark'>;
  readonly tail: Pick<LogTail, 'head' | 'read' | 'walk'>;
  readonly find: FindMessage;
  /** Stores the event once; what is there already under its client id is answered, or refused as `id_reused`. */
  readonly store: (event: ClientEvent) => Promise<Stored>;
  readonly asStored: (first: { seq: number; event: RoomEvent }, event: ClientEvent) => Stored;
  readonly streamOf: (room: RoomId) => string;
  readonly clock: Clock;
  readonly textLimit: number;
}

export function createMessageChanges(deps: MessageChangesDeps): MessageChanges {
  const { rooms, events, tail, find, store, asStored, streamOf, clock, textLimit } = deps;

  /** Refuses before it acts; but what was done already is answered as it was, whatever has happened since. */
  async function change(event: ClientEvent & { readonly m: number }, may: May): Promise<Stored> {
    const { r: room, u: user, t: kind, c: clientId } = event;
    const membership = await memberOf(rooms, room, user);
    const first = asLogged(await find({ room, user, kind, clientId }));
    if (first !== undefined) return asStored(first, event);
    const message = await target(room, event.m, membership);
    if (message === undefined) throw new Failure('not_found', { detail: 'No such message' });
    if (!may(message, membership)) throw new Failure('forbidden', { detail: 'The message is of another member' });
    return store(event);
  }

  /**
   * The message, unless it is deleted, hidden or out of sight. Log before store: what leaves the log meanwhile is in the
   * store by then.
   */
  async function target(room: RoomId, seq: number, membership: Membership): Promise<Message | undefined> {
    if (!isVisible(visibleTo(membership), seq)) return undefined;
    const deletions = await unwrittenDeletions(room);
    const logged = await tail.read(room, seq);
    const row = await events.message(room, seq);
    if (row?.hidden === true) return undefined;
    const message = row?.message ?? (logged === undefined ? undefined : asMessage(logged));
    const [now] = message === undefined ? [] : foldChanges([message], deletions);
    return now === undefined || now.deleted ? undefined : now;
  }

  async function unwrittenDeletions(room: RoomId) {
    const after = await events.watermark(streamOf(room));
    const before = (await tail.head(room)) + 1;
    const found = [];
    for await (const logged of tail.walk(room, { after, before })) {
      if (isLoggedChange(logged) && logged.event.t === 'del') found.push(logged);
    }
    return found;
  }

  const beginning = ({ room: r, user: u, message: m, clientId: c }: ChangeTarget) => {
    return { v: 1, r, u, at: clock.now(), c, m } as const;
  };

  return {
    edit: async ({ text, ...of }) => {
      refuseUnfitText(text, textLimit);
      return change(inOrder({ ...beginning(of), t: 'edit', b: { text } }), (message) => message.user === of.user);
    },
    delete: async (of) => {
      const may: May = (message, { role }) => message.user === of.user || keepsOrder.has(role);
      return change(inOrder({ ...beginning(of), t: 'del' }), may);
    },
    react: async ({ emoji, on, ...of }) => {
      refuseUnfitEmoji(emoji);
      return change(inOrder({ ...beginning(of), t: 'react', e: emoji, on: on ? 1 : 0 }), () => true);
    },
  };
}

type May = (message: Message, membership: Membership) => boolean;

/** Stored events begin with their version and kind: edges tell them apart by these bytes. */
const inOrder = <E extends ClientEvent>({ v, t, ...rest }: E): E => ({ v, t, ...rest }) as E;

function asMessage({ event, seq }: LoggedEvent): Message | undefined {
  if (event.t !== 'msg') return undefined;
  const { u: user, at, c: clientId, b: body } = event;
  return { seq, user, at: new Date(at), clientId, body, version: seq, deleted: false };
}
