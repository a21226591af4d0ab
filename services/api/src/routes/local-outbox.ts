import { Failure } from '@gapless/shared/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ComposeMail } from '../domain/accounts/compose-mail.ts';
import type { MailStore } from '../domain/accounts/mail-store.ts';
import { escapeHtml, sendPage } from './page.ts';

export interface LocalOutboxOptions {
  readonly mails: Pick<MailStore, 'newest'>;
  readonly compose: ComposeMail;
}

const mostShown = 50;
const loopback = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const localHost = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

/**
 * The mails that wait for want of a mail server, for whoever tries Gapless on his own machine. Not for pages of others in his
 * browser, which may reach this address under a name of theirs. A proxy on this machine that says nothing of itself looks like
 * somebody who sits here: so it is there only where `GAPLESS_SHOW_MAILS` asks for it.
 */
export async function localOutbox(app: FastifyInstance, { mails, compose }: LocalOutboxOptions): Promise<void> {
  app.addHook('onRequest', async (request) => {
    if (!isFromHere(request)) throw new Failure('route_not_found');
  });

  const newest = async () =>
    (await mails.newest(mostShown)).flatMap((mail) => {
      const letter = compose(mail);
      return letter === undefined ? [] : [{ ...letter, at: mail.createdAt.toISOString() }];
    });

  app.get('/outbox.json', { schema: { hide: true } }, async (_, reply) => {
    reply.header('cache-control', 'no-store');
    return { items: await newest() };
  });

  app.get('/outbox', { schema: { hide: true } }, async (_, reply) => {
    const letters = (await newest()).map(
      ({ at, to, subject, text }) =>
        `<article><h2>${escapeHtml(subject)}</h2><p>To ${escapeHtml(to)}, ${escapeHtml(at)}</p>` +
        `<pre>${withLinks(text)}</pre></article>`,
    );
    const empty = '<p>No mail waits.</p>';
    const intro = '<p>No mail server is configured: these mails were not sent. The newest come first.</p>';
    return sendPage(reply, { title: 'Outbox', body: intro + (letters.join('') || empty) });
  });
}

const foreign = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via', 'origin'];

function isFromHere({ socket, headers }: FastifyRequest): boolean {
  const isRelayed = foreign.some((name) => headers[name] !== undefined);
  return loopback.test(socket.remoteAddress ?? '') && localHost.test(headers.host ?? '') && !isRelayed;
}

const withLinks = (text: string): string =>
  escapeHtml(text).replaceAll(/https?:\/\/[^\s&<]+/g, (link) => `<a href="${link}" rel="noreferrer">${link}</a>`);
