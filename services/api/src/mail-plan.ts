import { hkdfSync } from 'node:crypto';
import { ConfigError, type Settings } from '@gapless/shared/config';
import { readSecretFile } from '@gapless/shared/runtime';

export type MailSettings = Settings<
  'smtpUrl' | 'smtpUrlFile' | 'mailFrom' | 'publicUrl' | 'emailVerification' | 'showMails' | 'apiPort'
>;

/** How mails leave: by SMTP, or not at all, and then whether somebody on this machine may look at them. */
export interface MailPlan {
  readonly smtp: { readonly url: string; readonly from: string } | undefined;
  readonly isShownHere: boolean;
  readonly publicUrl: string;
}

/** Refuses what would leave people waiting for a mail that never comes. */
export function planMail(config: MailSettings): MailPlan {
  const { mailFrom: from, apiPort, showMails, emailVerification } = config;
  const url = config.smtpUrlFile === '' ? config.smtpUrl : readSecretFile(config.smtpUrlFile);
  const publicUrl = config.publicUrl === '' ? `http://127.0.0.1:${apiPort}` : config.publicUrl;
  if (url !== '') {
    if (from === '') throw new ConfigError('GAPLESS_MAIL_FROM must be set where GAPLESS_SMTP_URL is');
    if (config.publicUrl === '') throw new ConfigError('GAPLESS_PUBLIC_URL must be set where GAPLESS_SMTP_URL is');
    return { smtp: { url, from }, isShownHere: false, publicUrl };
  }
  if (!showMails && emailVerification === 'required')
    throw new ConfigError('GAPLESS_EMAIL_VERIFICATION=required needs GAPLESS_SMTP_URL: nobody could sign up');
  return { smtp: undefined, isShownHere: showMails, publicUrl };
}

/** From what an installation keeps secret anyway; a new signing key voids the links of mails that were not sent yet. */
export const mailSecret = (signingKeyPem: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', signingKeyPem, '', 'gapless e-mail tokens', 32));
