import { ChatError, createClient } from '@gapless/shared/client/node';
import { ConfigError, loadConfig } from '@gapless/shared/config';
import { converse } from './chat/conversation.ts';
import { edgesFor, findAccount, logIn } from './chat/demo-user.ts';
import { createNicknames } from './chat/nicknames.ts';
import { createTerminal } from './chat/terminal.ts';
import { Refusal } from './refusal.ts';
import { createRest } from './rest.ts';
import { readRunFile } from './run-file.ts';

const notRunning = 'Gapless is not running: start it with `make run` in another terminal';

/** `make chat AS=<demo user>`: a small chat in this terminal, on the running system. */
async function main(name: string | undefined): Promise<boolean> {
  const running = readRunFile(loadConfig('launcher').dataDir);
  if (running === undefined) throw new Refusal(notRunning);
  const account = findAccount(running.accounts, name);
  const urls = edgesFor(running, account);
  const rest = createRest(running.api);
  const user = await logIn(rest, account);
  const { room } = running;

  const client = createClient({ url: urls, token: user.freshToken, rooms: [] });
  const terminal = createTerminal(process.stdin, process.stdout);
  try {
    return await converse({
      client,
      nicknames: createNicknames(rest, user, room.id),
      terminal,
      room,
      me: account.name,
      edge: urls[0] as string,
    });
  } finally {
    terminal.stop();
    await client.close();
  }
}

/** What went wrong, in one sentence, for somebody who just typed the command. */
function sentence(error: unknown): string {
  if (error instanceof Refusal || error instanceof ConfigError) return error.message;
  if (error instanceof ChatError) return `The edge did not let us in: ${error.message}`;
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  if (cause?.code === 'ECONNREFUSED') return notRunning;
  if (name === 'TimeoutError') return 'The API does not answer: look at the terminal of `make run`';
  throw error;
}

try {
  process.exitCode = (await main(process.argv[2])) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${sentence(error)}.\n`);
  process.exitCode = 1;
}
