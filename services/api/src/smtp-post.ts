import { ConfigError } from '@gapless/shared/config';
import { withDeadline } from '@gapless/shared/runtime';
import { createTransport } from 'nodemailer';
import type { Post } from './domain/accounts/mail.ts';

/** Longest time that one mail takes. */
export const postMs = 30_000;
const stepMs = 10_000;

export interface SmtpPost {
  readonly post: Post;
  close(): void;
}

/** Sends by SMTP; over TLS unless the URL says otherwise. */
export function createSmtpPost({ url, from }: { url: string; from: string }): SmtpPost {
  const transport = createTransport({
    ...serverOf(url),
    pool: true,
    maxConnections: 2,
    maxMessages: 100,
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    async post({ id, to, subject, text }) {
      // As an object: nothing in it is read as a second address.
      const recipient = { name: '', address: to };
      const headers = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };
      const sending = transport.sendMail({
        from,
        to: recipient,
        subject,
        text,
        messageId: messageId(id, from),
        headers,
      });
      try {
        await withDeadline('sending a mail', postMs, sending);
        return 'sent';
      } catch (error) {
        if (isRefusal(error)) return 'refused';
        throw withoutAddress(error);
      }
    },
    close: () => transport.close(),
  };
}

/** A mail that is sent twice has one id: mailboxes show it once. */
const messageId = (id: string, from: string): string => `<${id}@${/@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost'}>`;

function serverOf(url: string) {
  if (!URL.canParse(url) || !/^smtps?:\/\/./.test(url))
    throw new ConfigError('GAPLESS_SMTP_URL is not smtp://… or smtps://…');
  const { protocol, hostname, port, username, password, searchParams } = new URL(url);
  const secure = protocol === 'smtps:';
  const isOpen = searchParams.get('tls') === 'off';
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ...(secure ? {} : isOpen ? { ignoreTLS: true } : { requireTLS: true }),
    ...(username === '' ? {} : { auth }),
  };
}

interface SmtpAnswer {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

/** That mailbox does not exist, or takes nothing from us: it will not tomorrow either. */
function isRefusal(error: unknown): boolean {
  const { command, responseCode = 0 } = error as SmtpAnswer;
  return command === 'RCPT TO' && responseCode >= 500 && responseCode < 600;
}

/** A server's answer repeats to whom the mail goes: that does not belong into a log. */
function withoutAddress(error: unknown): Error {
  const { code = 'unknown', command = 'none', responseCode = 0 } = error as SmtpAnswer;
  return new Error(`the mail server did not take a mail: ${code}, ${command}, ${responseCode}`);
}
