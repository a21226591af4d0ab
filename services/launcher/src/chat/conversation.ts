import type { Chat, Message } from '@gapless/shared/client/node';
import { deliver } from './deliver.ts';
import type { Line, Lobby } from './lobby.ts';
import { messageLine, type Terminal } from './terminal.ts';

export interface ConversationDeps {
  readonly chat: Chat;
  readonly lobby: Lobby;
  readonly terminal: Terminal;
  readonly room: { readonly id: string; readonly number: number; readonly name: string };
  readonly me: string;
  readonly edge: string;
}

const shownAtStart = 20;

/** Talks until the input ends or the connection does. `false`: not all that was typed was sent. */
export async function converse(deps: ConversationDeps): Promise<boolean> {
  const { chat, lobby, terminal, room } = deps;
  // One after the other: names and missed messages are looked up, and the order of the room is kept.
  let printing = Promise.resolve();
  const inTurn = (work: () => Promise<void>): void => {
    printing = printing.then(work).catch((error: Error) => terminal.say(`(${error.message})`));
  };
  let shownTo = 0;
  const show = async ({ seq, user, at, text }: Line): Promise<void> => {
    if (seq <= shownTo) return;
    shownTo = seq;
    terminal.say(messageLine(at, await lobby.nickname(user), text));
  };
  const showAll = async (lines: readonly Line[]): Promise<void> => {
    for (const line of lines) await show(line);
  };

  let connected = true;
  let listening = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    listening = resolve;
  });
  chat.on('gap', ({ after, upTo }) => inTurn(async () => showAll(await lobby.between(after, upTo))));
  chat.on('message', (message: Message) => inTurn(() => show({ ...message, text: message.body.text })));
  chat.on('closed', ({ next, name, reason, code }) => {
    connected = false;
    if (next !== 'done') terminal.say(`(the connection ended: ${reason || name || code}; start this chat again)`);
    terminal.stop();
  });
  inTurn(() => ready);

  await chat.connect();
  await chat.join(room.id);
  const history = await lobby.last(shownAtStart);
  terminal.say(`You are ${deps.me} in ${room.name} (room ${room.number}) on ${deps.edge}. /quit leaves.`);
  await showAll(history);
  listening();

  const sentAll = await sendLines(deps, () => connected);
  await chat.close();
  await printing;
  return sentAll;
}

async function sendLines({ chat, terminal, room }: ConversationDeps, connected: () => boolean): Promise<boolean> {
  let sentAll = true;
  for await (const line of terminal.lines()) {
    const text = line.trim();
    if (text === '/quit') break;
    if (text === '') continue;
    try {
      await deliver(chat, room.id, text);
    } catch (error) {
      sentAll = false;
      terminal.say(`(not sent: ${(error as Error).message})`);
    }
  }
  terminal.stop();
  return sentAll && connected();
}
