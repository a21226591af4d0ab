import type { Commands, Following } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import { requeue } from './dead-letter-office.ts';
import type { DeadLetterOffice, KeptLetter } from './dead-letters.ts';
import type { WriteEvents } from './event-writer.ts';

export interface LetterDeskDeps {
  readonly commands: Pick<Commands, 'serve'>;
  readonly office: DeadLetterOffice;
  /** As the workers write; what it sets aside is kept already. */
  readonly write: WriteEvents;
}

const mostShown = 16 * 1024;
const mostAPage = 101;

/** Dead letters for who asks over the bus, as `npm run dead-letters` is for who sits at the machine. */
export function serveLetters({ commands, office, write }: LetterDeskDeps): Following {
  const serve = (name: string, answer: (asked: Asked) => Promise<unknown>) =>
    commands.serve(`letters.${name}`, (payload) => answer(readAsked(payload)));
  const followings = [
    serve('page', async ({ after, limit = 1 }) => {
      return (await office.page(after, Math.min(limit, mostAPage))).map(withoutBody);
    }),
    serve('find', async ({ id = '' }) => {
      const letter = await office.find(id);
      return letter === undefined ? null : { ...withoutBody(letter), raw: bodyOf(letter) };
    }),
    serve('retry', async ({ id = '' }) => {
      const letter = await office.find(id);
      if (letter === undefined) return null;
      const reason = await requeue({ office, write }, letter);
      return reason === undefined ? { written: true } : { written: false, reason };
    }),
    serve('discard', async ({ id = '' }) => office.discarded(id)),
  ];
  return { stop: () => followings.forEach((following) => void following.stop()) };
}

interface Asked {
  readonly id?: string;
  readonly after?: string;
  readonly limit?: number;
}

function readAsked(payload: unknown): Asked {
  const { id, after, limit } = (payload ?? {}) as Readonly<Record<string, unknown>>;
  const isText = [id, after].every((value) => value === undefined || typeof value === 'string');
  const isWhole = isText && (limit === undefined || (Number.isInteger(limit) && (limit as number) > 0));
  if (!isWhole) throw new Failure('invalid_request');
  return payload as Asked;
}

const withoutBody = ({ id, stream, event, reason, size, at, tries }: KeptLetter) => ({
  ...{ id, stream, room: event.room, reason, size, at: at.toISOString(), tries },
});

const bodyOf = ({ event }: KeptLetter): string => Buffer.from(event.bytes).subarray(0, mostShown).toString();
