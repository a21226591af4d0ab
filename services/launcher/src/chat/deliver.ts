import { type Chat, ChatError } from '@gapless/shared/client/node';
import { sleep } from '@gapless/shared/runtime';

const mostTries = 5;

/** Sends until it is stored or refused for good: what may have been stored is repeated under the same client id. */
export async function deliver(chat: Pick<Chat, 'send'>, room: string, text: string): Promise<void> {
  let again: { clientId?: string } = {};
  for (let tries = 1; ; tries++) {
    try {
      await chat.send(room, { text }, again);
      return;
    } catch (error) {
      if (tries === mostTries || !(error instanceof ChatError) || !mayPass(error)) throw error;
      if (error.clientId !== undefined) again = { clientId: error.clientId };
      await sleep(error.retryMs ?? 200 * tries);
    }
  }
}

const mayPass = ({ code, retryMs }: ChatError): boolean => code === 'unknown' || retryMs !== undefined;
