import { Failure } from '@gapless/shared/errors';
import { refuseUnfitBody } from '@gapless/shared/protocol';
import {
  type ClientId,
  type MessageBody,
  type NewBody,
  newBody,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import type { Door, Entered } from './door.ts';
import type { FindMessage } from './find-message.ts';
import type { History } from './history.ts';
import type { Stored } from './message-changes.ts';
import type { NamedMessages } from './named-messages.ts';
import type { RoomView } from './rooms.ts';
import type { WriteGate } from './write-gate.ts';

export interface SentMessage {
  readonly room: RoomId;
  readonly user: UserId;
  readonly clientId: ClientId;
  readonly body: NewBody;
  /** Sequence of the message that it answers. */
  readonly answers?: number | undefined;
  readonly also?: boolean | undefined;
}

export interface Whisper {
  readonly user: UserId;
  readonly to: UserId;
  readonly clientId: ClientId;
  readonly body: NewBody;
  /** The room in which it is whispered; both are members of it. */
  readonly in?: RoomId | undefined;
}

export interface Forward {
  readonly user: UserId;
  readonly room: RoomId;
  readonly message: number;
  readonly clientId: ClientId;
  readonly to: readonly RoomId[];
}

export type StoredIn = Stored & { readonly room: RoomId };

/** Each is in its room's log when it resolves; repeated with the same client id it is stored once. */
export interface MessageSending {
  send(message: SentMessage): Promise<Stored>;
  /** Into the direct room of the two, which is made when there is none. */
  whisper(whisper: Whisper): Promise<StoredIn>;
  /** Refused by one of the rooms it goes to none. */
  forward(forward: Forward): Promise<readonly StoredIn[]>;
}

/** As the log takes it. */
export type StoreMessage = (message: {
  readonly room: RoomId;
  readonly user: UserId;
  readonly clientId: ClientId;
  readonly body: MessageBody;
  readonly thread?: number | undefined;
  readonly also?: boolean | undefined;
  readonly whisperedIn?: RoomId | undefined;
}) => Promise<Stored>;

export interface MessageSendingDeps {
  readonly door: Door;
  readonly gate: WriteGate;
  readonly named: NamedMessages;
  readonly history: Pick<History, 'get'>;
  readonly find: FindMessage;
  readonly store: StoreMessage;
  /** The direct room of two, made when there is none; `blocked` when one has blocked the other. */
  readonly direct: (user: UserId, other: UserId) => Promise<RoomView>;
  readonly textLimit: number;
}

export function createMessageSending(deps: MessageSendingDeps): MessageSending {
  const { door, gate, named, history, find, store, direct, textLimit } = deps;

  async function enter(user: UserId, room: RoomId, clientId: ClientId): Promise<Entered> {
    const entered = await door('messages.send', user, room);
    await gate('messages.send', entered, clientId);
    return entered;
  }

  /** Whoever is told that there is no such member learns nothing of who else is in the room. */
  async function whisperRoom({ user, to, in: room }: Whisper): Promise<void> {
    if (room === undefined) return;
    await door('messages.whisper', user, room);
    await door('messages.list', to, room).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code === 'unavailable') throw error;
      throw new Failure('not_found', { detail: 'He is no member of the room' });
    });
  }

  /** What went out under this client id before, whatever became of the message since. */
  async function sentBefore({ user, to, clientId }: Forward): Promise<(StoredIn | undefined)[]> {
    const found = await Promise.all(to.map((room) => find({ room, user, kind: 'msg', clientId })));
    return found.map((first, at) => {
      if (first === undefined) return undefined;
      const event = JSON.parse(first.raw) as { readonly b: MessageBody; readonly del?: 1 };
      if (event.del !== 1 && event.b.fwd === undefined) throw new Failure('id_reused');
      return { room: to[at] as RoomId, seq: first.seq, at: first.at.getTime(), duplicate: true };
    });
  }

  async function forwardedBody({ user, room, message }: Forward): Promise<MessageBody> {
    const { body, deleted, user: author } = await history.get(user, room, message, 'messages.forward');
    if (deleted) throw new Failure('not_found', { detail: 'No such message' });
    const { text, custom, fwd = { r: room, m: message, u: author } } = body;
    return { text, ...(custom === undefined ? {} : { custom }), fwd };
  }

  return {
    async send({ room, user, clientId, body, answers, also }) {
      refuseUnfitBody(body, textLimit);
      const { membership } = await enter(user, room, clientId);
      if (body.quote !== undefined) await named.rootOf(membership, body.quote);
      const thread = answers === undefined ? undefined : await named.rootOf(membership, answers);
      return store({ room, user, clientId, body: newBody(body), thread, also: thread !== undefined && also === true });
    },

    async whisper(whisper) {
      const { user, to, clientId, body, in: whisperedIn } = whisper;
      refuseUnfitBody(body, textLimit);
      await whisperRoom(whisper);
      const { room } = await direct(user, to);
      const { membership } = await enter(user, room.id, clientId);
      if (body.quote !== undefined) await named.rootOf(membership, body.quote);
      const stored = await store({ room: room.id, user, clientId, body: newBody(body), whisperedIn });
      return { room: room.id, ...stored };
    },

    async forward(forward) {
      const { user, clientId } = forward;
      const to = [...new Set(forward.to)];
      for (const room of to) await enter(user, room, clientId);
      const before = await sentBefore({ ...forward, to });
      const body = before.includes(undefined) ? await forwardedBody(forward) : undefined;
      const stored: StoredIn[] = [];
      for (const [at, room] of to.entries()) {
        const first = before[at];
        if (first !== undefined) stored.push(first);
        else if (body !== undefined) stored.push({ room, ...(await store({ room, user, clientId, body })) });
      }
      return stored;
    },
  };
}
