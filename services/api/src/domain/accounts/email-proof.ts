import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import { newId } from '@gapless/shared/schema';
import type { AccountChange } from './account-changes.ts';
import { type EmailToken, type EmailTokens, emailTokenHash, emailTokenLifeMs } from './email-tokens.ts';
import type { MailKind } from './mail.ts';

const noticeLifeMs = 24 * 60 * 60_000;

export interface EmailProof {
  /**
   * A token, and the mail that carries it. Where there is nobody to get one the same is written, and no token is sent: what
   * a stranger asks for costs the same, known address or not.
   */
  ask(change: AccountChange, token: Omit<EmailToken, 'hash' | 'until'>, kind: MailKind): Promise<void>;
  /** A mail that only tells something. */
  tell(change: AccountChange, to: string, kind: MailKind): Promise<void>;
  /** The token's row, used up; rejects with `email_token_invalid`. */
  redeem(change: AccountChange, token: string, kinds: readonly EmailToken['kind'][]): Promise<EmailToken>;
}

export const invalidEmailToken = () => new Failure('email_token_invalid');

export function createEmailProof({ tokens, clock }: { tokens: EmailTokens; clock: Clock }): EmailProof {
  const id = () => newId<string & never>(clock.now()) as string;
  return {
    async ask(change, wanted, kind) {
      const { seed, hash } = tokens.fresh();
      const createdAt = new Date(clock.now());
      const until = new Date(clock.now() + emailTokenLifeMs[wanted.kind]);
      await change.issue({ ...wanted, hash, until });
      await change.post({ id: id(), kind, to: wanted.email, seed, createdAt, until });
    },
    async tell(change, to, kind) {
      const createdAt = new Date(clock.now());
      await change.post({ id: id(), kind, to, createdAt, until: new Date(clock.now() + noticeLifeMs) });
    },
    async redeem(change, token, kinds) {
      const redeemed = await change.redeem(emailTokenHash(token), kinds, new Date(clock.now()));
      if (redeemed === undefined) throw invalidEmailToken();
      return redeemed;
    },
  };
}
