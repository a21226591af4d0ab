import { createStoreCounts } from '@gapless/shared/outbox';
import type { Clock, Logger, Metrics } from '@gapless/shared/runtime';
import type { AccountChanges } from './domain/accounts/account-changes.ts';
import { type ComposeMail, createComposeMail } from './domain/accounts/compose-mail.ts';
import { createEmailTokens, type EmailTokens } from './domain/accounts/email-tokens.ts';
import type { MailStore } from './domain/accounts/mail-store.ts';
import { createSendOne } from './domain/accounts/send-one.ts';
import { type MailPlan, mailSecret } from './mail-plan.ts';
import { createPostOffice } from './post-office.ts';
import { createMailStore } from './repositories/mails.ts';
import type { Mongo } from './repositories/mongo.ts';
import { createSmtpPost, postMs } from './smtp-post.ts';

/** All that an api has to do with mails. */
export interface Mailing {
  readonly mails: MailStore;
  readonly compose: ComposeMail;
  readonly tokens: EmailTokens;
  /** The same changes; what they post is sent at once. */
  ringing(changes: AccountChanges): AccountChanges;
  open(): void;
  close(): Promise<void>;
}

export function createMailing(deps: {
  readonly plan: MailPlan;
  readonly privateKeyPem: string;
  readonly mongo: Mongo;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): Mailing {
  const { plan, clock, logger, metrics } = deps;
  const mails = createMailStore(deps.mongo.db);
  const handled = metrics.counter('api_mails_total');
  const stopped = new AbortController();
  const counts = createStoreCounts({ mails: mails.waiting });
  metrics.gauge('api_mails_waiting', () => counts.of('mails'));
  const count = () => void counts.run(stopped.signal);
  const tokens = createEmailTokens(mailSecret(deps.privateKeyPem));
  const compose = createComposeMail({ publicUrl: plan.publicUrl, tokens });
  const made = { mails, compose, tokens };
  if (plan.smtp === undefined) {
    if (!plan.isShownHere) logger.warn('no mail server: nobody can confirm an address or forget a password');
    return { ...made, ringing: (changes) => changes, open: count, close: async () => stopped.abort() };
  }
  const smtp = createSmtpPost(plan.smtp);
  const failed: Parameters<typeof createSendOne>[0]['failed'] = ({ kind, tries }, how, error) =>
    logger.warn({ kind, tries, how, err: error }, 'a mail was not sent');
  const sendOne = createSendOne({ store: mails, compose, post: smtp.post, clock, postMs, failed });
  const office = createPostOffice({ sendOne, logger, handled: (outcome) => handled.inc({ outcome }) });
  return {
    ...made,
    ringing: ({ run }) => ({
      async run(work) {
        const done = await run(work);
        office.ring();
        return done;
      },
    }),
    open() {
      count();
      office.open();
    },
    async close() {
      stopped.abort();
      await office.close();
      smtp.close();
    },
  };
}
