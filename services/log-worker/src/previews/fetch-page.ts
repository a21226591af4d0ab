import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { withDeadline } from '@gapless/shared/runtime';
import { pageText } from './page-text.ts';

/** What came of it. `none`: nothing, for good; `later`: trying again may help. */
export type Fetched =
  | { readonly kind: 'page'; readonly html: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'later' };

export type FetchPage = (url: string) => Promise<Fetched>;

export interface FetchPageDeps {
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly mayConnect: (address: string, port: number) => boolean;
  readonly deadlineMs?: number;
}

interface Target {
  readonly url: URL;
  /** The one that was looked at: nobody asks for the name again. */
  readonly address: string;
  readonly port: number;
}

const maxRedirects = 3;
const maxBytes = 256 * 1024;
const maxHeaderSize = 16 * 1024;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const none = { kind: 'none' } as const;
const later = { kind: 'later' } as const;

/**
 * Reads the beginning of a web page for somebody who may have chosen its address to harm: each host is resolved once, all its
 * addresses must be allowed, and the connection goes to one of those, redirects included.
 */
export function createFetchPage({ resolve, mayConnect, deadlineMs = 5_000 }: FetchPageDeps): FetchPage {
  async function targetOf(url: URL): Promise<Target | undefined> {
    const { protocol, hostname, username, password } = url;
    if ((protocol !== 'http:' && protocol !== 'https:') || username !== '' || password !== '') return undefined;
    const port = url.port === '' ? (protocol === 'http:' ? 80 : 443) : Number(url.port);
    const host = hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(host) === 0 ? await resolve(host) : [host];
    const [address] = addresses;
    if (address === undefined || !addresses.every((one) => mayConnect(one, port))) return undefined;
    return { url, address, port };
  }

  async function follow(start: URL, signal: AbortSignal): Promise<Fetched> {
    let url = start;
    for (let hop = 0; hop <= maxRedirects; hop++) {
      const target = await targetOf(url);
      if (target === undefined) return none;
      const response = await get(target, signal);
      const next = redirects.has(response.statusCode ?? 0) ? response.headers.location : undefined;
      if (next === undefined) return await read(response);
      response.destroy();
      if (!URL.canParse(next, url.href)) return none;
      url = new URL(next, url.href);
    }
    return none;
  }

  return async (url) => {
    if (!URL.canParse(url)) return none;
    const ended = new AbortController();
    try {
      return await withDeadline('fetching a page', deadlineMs, follow(new URL(url), ended.signal));
    } catch {
      // Whatever a stranger's server, or the way to it, does wrong: there is no page now.
      return later;
    } finally {
      ended.abort();
    }
  };
}

function get({ url, address, port }: Target, signal: AbortSignal): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:';
  const name = isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: url.hostname } : {};
  const options = {
    host: address,
    port,
    path: `${url.pathname}${url.search}`,
    agent: false,
    setHost: false,
    headers: {
      host: url.host,
      accept: 'text/html',
      'accept-encoding': 'identity',
      'user-agent': 'Gapless-Preview/1 (+link preview)',
    },
    maxHeaderSize,
    signal,
  };
  return new Promise((resolve, reject) => {
    const request = isSecure ? httpsRequest({ ...options, ...name }) : httpRequest(options);
    request.once('response', resolve);
    request.on('error', reject);
    request.end();
  });
}

async function read(response: IncomingMessage): Promise<Fetched> {
  const { statusCode = 0, headers } = response;
  const type = headers['content-type'] ?? '';
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity';
  if (statusCode !== 200 || !isPlain || !/^text\/html\s*(;|$)/i.test(type)) {
    response.destroy();
    return statusCode >= 500 || statusCode === 429 ? later : none;
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.byteLength;
    if (size >= maxBytes) break;
  }
  return { kind: 'page', html: pageText(Buffer.concat(parts).subarray(0, maxBytes), type) };
}
