import type { Client, Message } from '@gapless/shared/client/node';
import { sleep } from '@gapless/shared/runtime';
import type { Nicknames } from './nicknames.ts';
import { messageLine, type Terminal } from './terminal.ts';

export interface ConversationDeps {
  readonly client: Client;
  readonly nicknames: Nicknames;
  readonly terminal: Terminal;
  readonly room: { readonly id: string; readonly number: number; readonly name: string };
  readonly me: string;
  readonly edge: string;
}

const shownAtStart = 20;
/** What was typed last may still be on its way when the input ends. */
const lastWordsMs = 10_000;

/** Talks until the input ends or the server will not have us. `false`: not all that was typed was stored. */
export async function converse(deps: ConversationDeps): Promise<boolean> {
  const { client, nicknames, terminal, room } = deps;
  // One after the other: names are looked up, and the order of the room is kept.
  let printing = Promise.resolve();
  const inTurn = (work: () => Promise<void>): void => {
    printing = printing.then(work).catch((error: Error) => terminal.say(`(${error.message})`));
  };
  let shownTo = 0;
  const show = async ({ seq, user, at, body }: Message): Promise<void> => {
    if (seq <= shownTo) return;
    shownTo = seq;
    terminal.say(messageLine(at, await nicknames.of(user), body.text));
  };
  let listening = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    listening = resolve;
  });
  inTurn(() => ready);
  client.on('message', (message) => inTurn(() => show(message)));
  const wanted = tellConnection(deps);

  await client.connect();
  // Live first: what comes while history is read waits for its turn.
  await client.room(room.id).join();
  const { messages } = await client.room(room.id).history({ limit: shownAtStart });
  terminal.say(`You are ${deps.me} in ${room.name} (room ${room.number}) on ${deps.edge}. /quit leaves.`);
  for (const message of messages) await show(message);
  listening();

  const sentAll = await sendLines(deps);
  const welcome = wanted();
  await client.close();
  await printing;
  return sentAll && welcome;
}

/** Says how the connection stands; answers whether the server still wants us. */
function tellConnection({ client, terminal }: ConversationDeps): () => boolean {
  let [away, wanted] = [false, true];
  client.on('connected', () => {
    if (away) terminal.say('(connected again)');
    away = false;
  });
  client.on('disconnected', ({ closed: { name, reason, code }, retryInMs }) => {
    const why = reason || name || code;
    if (retryInMs !== undefined && !away) terminal.say(`(the connection ended: ${why}; trying again)`);
    away = true;
    if (retryInMs !== undefined || client.state() === 'closed') return;
    wanted = false;
    terminal.say(`(the server will not have us: ${why})`);
    terminal.stop();
  });
  return () => wanted;
}

async function sendLines({ client, terminal, room }: ConversationDeps): Promise<boolean> {
  const sends: Promise<boolean>[] = [];
  for await (const line of terminal.lines()) {
    const text = line.trim();
    if (text === '/quit') break;
    if (text !== '') sends.push(send(client, terminal, room.id, text));
  }
  terminal.stop();
  const all = Promise.all(sends);
  const outcomes = await Promise.race([all, sleep(lastWordsMs).then(() => undefined)]);
  return outcomes?.every((stored) => stored) ?? false;
}

const send = (client: Client, terminal: Terminal, room: string, text: string): Promise<boolean> =>
  client
    .room(room)
    .send(text)
    .then(
      () => true,
      (error: Error) => {
        terminal.say(`(not sent: ${error.message})`);
        return false;
      },
    );
