import { isPermitted, type RoomCommand } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import { refuseNothingToShow, refuseUnfitEdit, refuseUnfitEmoji } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import {
  type ClientEvent,
  type ClientId,
  type EditEvent,
  type EditedBody,
  type FoundFiles,
  isVisible,
  keepsOrder,
  type MessageBody,
  type RoomEvent,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import type { Message } from '../log/event-store.ts';
import type { Door, Entered } from '../rooms/door.ts';
import { visibleTo } from '../rooms/visible-to.ts';
import type { CurrentMessages } from './current-messages.ts';
import { asLogged, type FindMessage } from './find-message.ts';
import type { History } from './history.ts';
import type { NamedMessages } from './named-messages.ts';
import type { PinPlaces, Pins } from './pins.ts';
import type { WriteGate } from './write-gate.ts';

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
  /** For its author. `ifVersion`: only while that is what the message is. */
  edit(change: ChangeTarget & { readonly body: EditedBody; readonly ifVersion?: number | undefined }): Promise<Stored>;
  /** For its author, and for who keeps order in the room. */
  delete(change: ChangeTarget): Promise<Stored>;
  /** For every member who may write. */
  react(change: ChangeTarget & { readonly emoji: string; readonly on: boolean }): Promise<Stored>;
  /** For who keeps order in a group, for both in a direct room. */
  pin(change: ChangeTarget & { readonly on: boolean }): Promise<Stored>;
}

export interface MessageChangesDeps {
  readonly door: Door;
  readonly gate: WriteGate;
  readonly current: CurrentMessages;
  readonly history: Pick<History, 'get'>;
  readonly named: NamedMessages;
  readonly find: FindMessage;
  readonly pins: Pick<Pins, 'pinned'>;
  readonly places: PinPlaces;
  /** Stores the event once; what is there already under its client id is answered, or refused as `id_reused`. */
  readonly store: (event: ClientEvent) => Promise<Stored>;
  readonly asStored: (first: { seq: number; event: RoomEvent }, event: ClientEvent) => Stored;
  readonly clock: Clock;
  readonly textLimit: number;
}

/** Different emoji at one message. */
const maxEmoji = 20;
/** No event is on its way for as long as that. */
const placeKeptMs = 60_000;

type Asked = ClientEvent & { readonly m: number };

export function createMessageChanges(deps: MessageChangesDeps): MessageChanges {
  const { door, gate, current, history, named, find, pins, places, store, asStored, clock, textLimit } = deps;

  /** Refuses before it acts; but what was done already is answered as it was, whatever has happened since. */
  async function change<E extends Asked>(
    command: RoomCommand,
    event: E,
    { isSame, decide }: { isSame?: (first: RoomEvent) => boolean; decide: (on: Message, in_: Entered) => Promise<E> },
  ): Promise<Stored> {
    const { r: room, u: user, t: kind, c: clientId } = event;
    const entered = await door(command, user, room);
    const first = asLogged(await find({ room, user, kind, clientId }));
    if (first !== undefined) {
      if (isSame !== undefined && !isSame(first.event)) throw new Failure('id_reused');
      return asStored(first, event);
    }
    await gate.check(command, entered);
    return store(await decide(await target(event, entered), entered));
  }

  /** The message, unless it is deleted, hidden or out of sight. */
  async function target({ r: room, m }: Asked, { membership }: Entered): Promise<Message> {
    const [now] = isVisible(visibleTo(membership), m) ? await current(room, [m]) : [];
    if (now === undefined || now.deleted) throw new Failure('not_found', { detail: 'No such message' });
    return now;
  }

  async function takePlace({ r: room, m }: Asked): Promise<void> {
    const now = new Date(clock.now());
    if (await places.take(room, m, now)) return;
    await places.free(room, await pins.pinned(room), new Date(now.getTime() - placeKeptMs));
    if (!(await places.take(room, m, now))) throw new Failure('too_many_pins');
  }

  const beginning = ({ room: r, user: u, message: m, clientId: c }: ChangeTarget) => {
    return { r, u, at: clock.now(), c, m } as const;
  };

  return {
    edit: async ({ body, ifVersion, ...of }) => {
      refuseUnfitEdit(body, textLimit);
      const { files: _, ...rest } = body;
      const asked = { v: 1, t: 'edit', ...beginning(of), b: edited({ text: '' }, rest) } as const;
      const decide = async (now: Message, { membership }: Entered): Promise<EditEvent> => {
        if (now.user !== of.user) throw notYours();
        if (now.body.fwd !== undefined) {
          throw new Failure('forbidden', { detail: 'What was forwarded stays as it was written' });
        }
        if (ifVersion !== undefined && ifVersion !== now.version) throw new Failure('stale');
        if (typeof body.quote === 'number') await named.rootOf(membership, body.quote);
        const whole = edited(now.body, body);
        refuseNothingToShow(whole);
        return { ...asked, b: whole };
      };
      return change<EditEvent>('messages.edit', asked, { decide, isSame: (first) => saysSo(first, body) });
    },
    delete: async (of) =>
      change('messages.delete', { v: 1, t: 'del', ...beginning(of) } as const, {
        decide: async (now, { membership }) => {
          if (now.user !== of.user && !keepsOrder(membership.role)) throw notYours();
          return { v: 1, t: 'del', ...beginning(of) } as const;
        },
      }),
    react: async ({ emoji, on, ...of }) => {
      refuseUnfitEmoji(emoji);
      const event = { v: 1, t: 'react', ...beginning(of), e: emoji, on: on ? 1 : 0 } as const;
      const decide = async () => {
        const { reactions } = on ? await history.get(of.user, of.room, of.message) : { reactions: [] };
        const isNew = on && !reactions.some((reaction) => reaction.emoji === emoji);
        if (isNew && reactions.length >= maxEmoji) throw new Failure('too_many_reactions');
        return event;
      };
      return change(on ? 'messages.react' : 'messages.unreact', event, { decide });
    },
    pin: async ({ on, ...of }) => {
      const event = { v: 1, t: 'pin', ...beginning(of), on: on ? 1 : 0 } as const;
      const decide = async (_: Message, { room, membership }: Entered) => {
        const command = on ? 'messages.pin' : 'messages.unpin';
        if (room.kind !== 'direct' && !isPermitted(command, membership.role)) throw new Failure('forbidden');
        if (on) await takePlace(event);
        return event;
      };
      // Who may see the pins may ask; in a direct room both may pin.
      return change('messages.pins', event, { decide });
    },
  };
}

const notYours = () => new Failure('forbidden', { detail: 'The message is of another member' });

/** What is not named stays; `null` takes it away. */
function edited(now: MessageBody, { text, custom = now.custom, quote = now.quote, files }: EditedBody): MessageBody {
  const kept = keptFiles(now, files);
  return {
    text,
    ...(custom === undefined || custom === null ? {} : { custom }),
    ...(quote === undefined || quote === null ? {} : { quote }),
    ...(kept.length === 0 ? {} : { files: kept }),
  };
}

/** In the order in which they were sent: an edit may take files away, and adds none. */
function keptFiles({ files: had = [] }: MessageBody, named: EditedBody['files']): FoundFiles {
  if (named === undefined) return had;
  const kept = had.filter(({ id }) => named.includes(id));
  if (kept.length < named.length) throw new Failure('not_found', { detail: 'The message has no such file' });
  return kept;
}

/** Whether an edit that was made says all that this one asks for. */
function saysSo(first: RoomEvent, { custom, quote, files }: EditedBody): boolean {
  if (first.t !== 'edit' || first.del === 1) return true;
  const kept = first.b.files ?? [];
  if (files !== undefined && (kept.length !== files.length || !kept.every(({ id }) => files.includes(id))))
    return false;
  const isQuote = quote === undefined || first.b.quote === (quote ?? undefined);
  return isQuote && (custom === undefined || JSON.stringify(first.b.custom) === JSON.stringify(custom ?? undefined));
}
