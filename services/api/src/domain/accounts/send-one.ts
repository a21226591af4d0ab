import { type Backoff, backoffMs, type Clock } from '@gapless/shared/runtime';
import type { ComposeMail } from './compose-mail.ts';
import type { MailKind, Post } from './mail.ts';
import type { MailStore, TakenMail } from './mail-store.ts';

/** What became of a mail that was taken up; `none`: there was none. */
export type Sending = 'none' | 'sent' | 'nobody' | 'postponed' | 'refused' | 'given up';

export interface MailingDeps {
  readonly store: MailStore;
  readonly compose: ComposeMail;
  readonly post: Post;
  readonly clock: Clock;
  /** Longest time that sending one takes. */
  readonly postMs: number;
  /** Hears of each that is not sent, or not yet. */
  readonly failed: (mail: { readonly kind: MailKind; readonly tries: number }, how: Sending, error?: unknown) => void;
}

const patience: Backoff = { firstMs: 2_000, maxMs: 15 * 60_000 };
/** More than half a day of a mail server that is away, where the mail is good for that long. */
const mostTries = 64;

/**
 * Sends one mail that waits, if there is one. Who dies on the way has sent it or not: when the lease has ended it is sent
 * again, so that it comes twice at worst.
 */
export function createSendOne({ store, compose, post, clock, postMs, failed }: MailingDeps): () => Promise<Sending> {
  const ended = async (mail: TakenMail, how: Sending, error?: unknown): Promise<Sending> => {
    await store.done(mail);
    if (how === 'refused' || how === 'given up') failed(mail, how, error);
    return how;
  };

  async function later(mail: TakenMail, error: unknown): Promise<Sending> {
    const due = clock.now() + backoffMs(mail.tries - 1, patience);
    if (mail.tries >= mostTries || due > mail.until.getTime()) return ended(mail, 'given up', error);
    await store.postpone(mail, new Date(due));
    failed(mail, 'postponed', error);
    return 'postponed';
  }

  return async () => {
    const now = clock.now();
    const mail = await store.take(new Date(now), new Date(now + 2 * postMs));
    if (mail === undefined) return 'none';
    if (mail.until.getTime() <= now) return ended(mail, 'given up');
    const letter = compose(mail);
    if (letter === undefined) return ended(mail, 'nobody');
    let taken: Awaited<ReturnType<Post>>;
    try {
      taken = await post(letter);
    } catch (error) {
      return later(mail, error);
    }
    return ended(mail, taken);
  };
}
