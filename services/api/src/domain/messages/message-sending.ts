import { Failure } from '@gapless/shared/errors';
import { refuseUnfitBody } from '@gapless/shared/protocol';
import {
  type ClientId,
  type FileId,
  type FoundFiles,
  type MessageBody,
  type MessageKey,
  type NewBody,
  newBody,
  type RoomId,
  type UserId,
} from '@gapless/shared/schema';
import type { Door, Entered } from '../rooms/door.ts';
import type { RoomView } from '../rooms/rooms.ts';
import type { FindMessage } from './find-message.ts';
import type { History } from './history.ts';
import type { Stored } from './message-changes.ts';
import type { MessageFiles } from './message-files.ts';
import type { NamedMessages } from './named-messages.ts';
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

interface SentForward {
  readonly stored: StoredIn;
  readonly origin: MessageBody['fwd'];
}

/** Each is in its room's log when it resolves; repeated with the same client id it is stored once. */
export interface MessageSending {
  send(message: SentMessage): Promise<Stored>;
  /** Rejects where he may not write there now. */
  mayWrite(user: UserId, room: RoomId): Promise<void>;
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
  readonly files: MessageFiles;
  readonly history: Pick<History, 'get'>;
  readonly find: FindMessage;
  readonly store: StoreMessage;
  /** The direct room of two, made when there is none; `blocked` when one has blocked the other. */
  readonly direct: (user: UserId, other: UserId) => Promise<RoomView>;
  readonly textLimit: number;
}

export function createMessageSending(deps: MessageSendingDeps): MessageSending {
  const { door, gate, named, files, history, find, store, direct, textLimit } = deps;

  async function enter(user: UserId, room: RoomId): Promise<Entered> {
    const entered = await door('messages.send', user, room);
    await gate.check('messages.send', entered);
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

  /** What his files are; of a message that was stored before it is enough which they were, since they may be gone with it. */
  async function filesFor(message: MessageKey, { files: ids = [] }: NewBody): Promise<FoundFiles> {
    try {
      return await files.take(message, ids, message.user);
    } catch (error) {
      const isGone = error instanceof Failure && error.kind === 'not_found';
      if (!isGone || (await find({ ...message, kind: 'msg' })) === undefined) throw error;
      return ids.map((id) => ({ id, name: '', type: '', size: 0 }));
    }
  }

  /** What went out under this client id before, whatever became of the message since. What was masked does not say of what. */
  async function sentBefore({ user, to, clientId }: Forward): Promise<(SentForward | undefined)[]> {
    const found = await Promise.all(to.map((room) => find({ room, user, kind: 'msg', clientId })));
    return found.map((first, at) => {
      if (first === undefined) return undefined;
      const { b: body, del } = JSON.parse(first.raw) as { readonly b: MessageBody; readonly del?: 1 };
      if (del !== 1 && body.fwd === undefined) throw new Failure('id_reused');
      const stored = { room: to[at] as RoomId, seq: first.seq, at: first.at.getTime(), duplicate: true };
      return { stored, origin: del === 1 ? undefined : body.fwd };
    });
  }

  /** What is to go out now, `undefined` when it all did; another message under the same client id is refused. */
  async function bodyFor(
    forward: Forward,
    before: readonly (SentForward | undefined)[],
  ): Promise<MessageBody | undefined> {
    const isNew = before.includes(undefined);
    const origins = before.flatMap((first) => first?.origin ?? []);
    // One that was itself forwarded is known by where it began.
    if (!isNew && origins.every(({ r, m }) => r === forward.room && m === forward.message)) return undefined;
    const body = await forwardedBody(forward);
    if (body === undefined && isNew) throw new Failure('not_found', { detail: 'No such message' });
    const origin = body?.fwd;
    if (origin !== undefined && !origins.every(({ r, m }) => r === origin.r && m === origin.m)) {
      throw new Failure('id_reused');
    }
    return body;
  }

  /** `undefined` of one that is deleted. */
  async function forwardedBody({ user, room, message }: Forward): Promise<MessageBody | undefined> {
    const { body, deleted, user: author } = await history.get(user, room, message, 'messages.forward');
    if (deleted) return undefined;
    const { text, custom, files: carried, fwd = { r: room, m: message, u: author } } = body;
    return {
      text,
      ...(custom === undefined ? {} : { custom }),
      ...(carried === undefined ? {} : { files: carried }),
      fwd,
    };
  }

  return {
    mayWrite: async (user, room) => void (await enter(user, room)),

    async send({ room, user, clientId, body, answers, also }) {
      refuseUnfitBody(body, textLimit);
      const entered = await enter(user, room);
      const { membership } = entered;
      if (body.quote !== undefined) await named.rootOf(membership, body.quote);
      const thread = answers === undefined ? undefined : await named.rootOf(membership, answers);
      const found = await filesFor({ room, user, clientId }, body);
      await gate.takeTurn(entered, clientId);
      const whole = newBody(body, found);
      return store({ room, user, clientId, body: whole, thread, also: thread !== undefined && also === true });
    },

    async whisper(whisper) {
      const { user, to, clientId, body, in: whisperedIn } = whisper;
      refuseUnfitBody(body, textLimit);
      await whisperRoom(whisper);
      const { room } = await direct(user, to);
      const entered = await enter(user, room.id);
      if (body.quote !== undefined) await named.rootOf(entered.membership, body.quote);
      const found = await filesFor({ room: room.id, user, clientId }, body);
      await gate.takeTurn(entered, clientId);
      const stored = await store({ room: room.id, user, clientId, body: newBody(body, found), whisperedIn });
      return { room: room.id, ...stored };
    },

    async forward(forward) {
      const { user, clientId } = forward;
      const to = [...new Set(forward.to)];
      const entered: Entered[] = [];
      for (const room of to) entered.push(await enter(user, room));
      const before = await sentBefore({ ...forward, to });
      const body = await bodyFor(forward, before);
      for (const [at, one] of entered.entries()) if (before[at] === undefined) await gate.takeTurn(one, clientId);
      const stored: StoredIn[] = [];
      for (const [at, room] of to.entries()) {
        const first = before[at];
        if (first !== undefined) stored.push(first.stored);
        else if (body !== undefined) {
          await files.take({ room, user, clientId }, idsOf(body.files));
          stored.push({ room, ...(await store({ room, user, clientId, body })) });
        }
      }
      return stored;
    },
  };
}

const idsOf = (files: FoundFiles = []): FileId[] => files.map(({ id }) => id);
