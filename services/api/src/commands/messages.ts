import { pageSize } from '@gapless/shared/commands';
import { type ClientId, newId, noEnd, type RoomId, type UserId } from '@gapless/shared/schema';
import type { AccountStore } from '../domain/accounts/account-store.ts';
import { fromCursor, pageOf, toCursor } from '../domain/cursor.ts';
import type { EditHistory } from '../domain/messages/edit-history.ts';
import { fitting, maxAnswerBytes } from '../domain/messages/fitting.ts';
import type { History } from '../domain/messages/history.ts';
import type { MessageChanges } from '../domain/messages/message-changes.ts';
import type { MessageSending } from '../domain/messages/message-sending.ts';
import type { Pins } from '../domain/messages/pins.ts';
import type { Reactors } from '../domain/messages/reactors.ts';
import type { ShownMessage } from '../domain/messages/shown-messages.ts';
import type { Threads } from '../domain/messages/threads.ts';
import type { Readers } from '../domain/reading/readers.ts';
import type { Caller, Handlers } from './handler.ts';
import { showMessage, showStored, showVersion } from './show.ts';

export interface MessageDeps {
  readonly history: History;
  readonly messageChanges: MessageChanges;
  readonly messageSending: MessageSending;
  readonly editHistory: EditHistory;
  readonly reactors: Reactors;
  readonly readers: Readers;
  readonly threads: Threads;
  readonly pins: Pins;
  readonly accountStore: Pick<AccountStore, 'nicknames'>;
}

type ReadCommand =
  | 'messages.list'
  | 'messages.get'
  | 'messages.thread'
  | 'messages.edits'
  | 'messages.reactions'
  | 'messages.readers'
  | 'messages.pins'
  | 'threads.list';
type SendCommand = 'messages.send' | 'messages.whisper' | 'messages.forward';
type ChangeCommand =
  | 'messages.edit'
  | 'messages.delete'
  | 'messages.react'
  | 'messages.unreact'
  | 'messages.pin'
  | 'messages.unpin';

interface Asked {
  readonly room: RoomId;
  readonly sequence: number;
  readonly clientId?: ClientId;
}

export const messageHandlers = (deps: MessageDeps): Handlers<ReadCommand | SendCommand | ChangeCommand> => ({
  ...readHandlers(deps),
  ...sendHandlers(deps),
  ...changeHandlers(deps),
});

function readHandlers(deps: MessageDeps): Handlers<ReadCommand> {
  const { history, editHistory, reactors, readers, threads, pins, accountStore } = deps;

  /** With the names that people who are mentioned have now. */
  async function shown(messages: readonly ShownMessage[]) {
    const mentioned = [...new Set(messages.flatMap(({ mentions = [] }) => mentions))];
    const nicknames = mentioned.length === 0 ? new Map<UserId, string>() : await accountStore.nicknames(mentioned);
    return messages.map((message) => showMessage(message, nicknames));
  }

  async function shownOne(message: ShownMessage) {
    const [one] = await shown([message]);
    return one as NonNullable<typeof one>;
  }

  return {
    'messages.list': async ({ user }, { room, limit = pageSize, ...bounds }) => {
      const { items, ...rest } = await history.page(user, room, { ...bounds, limit });
      return { items: await shown(items), ...rest };
    },
    'messages.get': async ({ user }, { room, sequence }) => shownOne(await history.get(user, room, sequence)),
    'messages.thread': async ({ user }, { room, sequence, limit = pageSize, ...bounds }) => {
      const { root, items, ...rest } = await history.thread(user, room, sequence, { ...bounds, limit });
      return { root: await shownOne(root), items: await shown(items), ...rest };
    },
    'threads.list': async ({ user }, { room, before = noEnd, limit = pageSize }) => {
      const { items, ...rest } = await threads.list(user, room, { before, limit });
      return { items: await shown(items), ...rest };
    },
    'messages.edits': async ({ user }, { room, sequence, after = 0, limit = pageSize }) => {
      const found = await editHistory.list(user, room, sequence, { after, limit: limit + 1 });
      const items = fitting(found.slice(0, limit), maxAnswerBytes);
      const next = found.length > items.length ? items.at(-1)?.seq : undefined;
      return { items: items.map(showVersion), ...(next === undefined ? {} : { next }) };
    },
    'messages.reactions': async ({ user }, { room, sequence, emoji, limit = pageSize, cursor }) => {
      const reaction = { room, message: sequence, emoji };
      const page = { above: fromCursor<UserId>(cursor), limit: limit + 1 };
      const { items, ...rest } = pageOf(await reactors.list(user, reaction, page), limit, (id) => id);
      const nicknames = await accountStore.nicknames(items);
      return { items: items.map((id) => ({ user: id, ...named(nicknames.get(id)) })), ...rest };
    },
    'messages.readers': async ({ user }, { room, sequence, limit = pageSize, cursor }) => {
      const page = { above: fromCursor<UserId>(cursor), limit };
      const { items, next, counts } = await readers.list(user, { room, seq: sequence }, page);
      const nicknames = await accountStore.nicknames(items.map((reader) => reader.user));
      return {
        items: items.map(({ user: id, at }) => ({ user: id, ...named(nicknames.get(id)), at: at.toISOString() })),
        ...(next === undefined ? {} : { next: toCursor(next) }),
        ...(counts === undefined ? {} : { counts }),
      };
    },
    'messages.pins': async ({ user }, { room, before = noEnd }) => {
      const { items, ...rest } = await pins.list(user, room, before);
      const messages = await shown(items.map(({ message }) => message));
      return { items: messages.map((message, n) => ({ message, ...pinnedBy(items[n]) })), ...rest };
    },
  };
}

const named = (nickname: string | undefined) => (nickname === undefined ? {} : { nickname });

const pinnedBy = (pin: { by: UserId; at: Date } | undefined) => {
  const { by, at } = pin as NonNullable<typeof pin>;
  return { by, at: at.toISOString() };
};

function sendHandlers({ messageSending }: MessageDeps): Handlers<SendCommand> {
  return {
    'messages.send': async ({ user }, { room, body, thread, also, clientId = newClientId() }) => {
      const sent = await messageSending.send({ room, user, clientId, body, answers: thread, also });
      return { room, ...showStored(sent) };
    },
    'messages.whisper': async ({ user }, { user: to, body, room, clientId = newClientId() }) => {
      const sent = await messageSending.whisper({ user, to, body, clientId, in: room });
      return { room: sent.room, ...showStored(sent) };
    },
    'messages.forward': async ({ user }, { room, sequence, to, clientId = newClientId() }) => {
      const sent = await messageSending.forward({ user, room, message: sequence, to, clientId });
      return { items: sent.map((one) => ({ room: one.room, ...showStored(one) })) };
    },
  };
}

function changeHandlers({ messageChanges }: MessageDeps): Handlers<ChangeCommand> {
  const target = ({ user }: Caller, { room, sequence, clientId = newClientId() }: Asked) => {
    return { user, room, message: sequence, clientId };
  };
  const react = async (caller: Caller, asked: Asked & { emoji: string }, on: boolean) =>
    showStored(await messageChanges.react({ ...target(caller, asked), emoji: asked.emoji, on }));
  const pin = async (caller: Caller, asked: Asked, on: boolean) =>
    showStored(await messageChanges.pin({ ...target(caller, asked), on }));
  return {
    'messages.edit': async (caller, asked) => {
      const { body, ifVersion } = asked;
      return showStored(await messageChanges.edit({ ...target(caller, asked), body, ifVersion }));
    },
    'messages.delete': async (caller, asked) => showStored(await messageChanges.delete(target(caller, asked))),
    'messages.react': (caller, asked) => react(caller, asked, true),
    'messages.unreact': (caller, asked) => react(caller, asked, false),
    'messages.pin': (caller, asked) => pin(caller, asked, true),
    'messages.unpin': (caller, asked) => pin(caller, asked, false),
  };
}

/** Who names none asks for something of its own each time. */
const newClientId = (): ClientId => newId<never>() as ClientId;
