import { createWriteStream } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { RouteFailure } from './route.ts';

const connectMs = 5_000;
const stallMs = 30_000;

/** Fetches `url` (https, http or file) into `target`. An address that does not answer is given up after 5 s. */
export async function download(url: URL, target: string): Promise<void> {
  if (url.protocol === 'file:') return copy(url, target);
  const abort = new AbortController();
  const response = await open(url, abort.signal);
  if (!response.ok || response.body === null)
    throw new RouteFailure(`${url.host} answered ${response.status} for ${url}`);
  const expected = Number(response.headers.get('content-length') ?? Number.NaN);
  const output = createWriteStream(target);
  let timer = setTimeout(() => abort.abort(), stallMs);
  const watched = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), stallMs);
      yield chunk;
    }
  };
  try {
    await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), watched, output);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    throw new RouteFailure(`the download from ${url.host} broke off: ${reasonOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
  if (output.bytesWritten < expected) throw new RouteFailure(`the download from ${url.host} is cut short`);
}

export async function downloadText(url: URL): Promise<string> {
  const response = await open(url, AbortSignal.timeout(stallMs));
  if (!response.ok) throw new RouteFailure(`${url.host} answered ${response.status} for ${url}`);
  return response.text();
}

async function copy(url: URL, target: string): Promise<void> {
  try {
    await copyFile(fileURLToPath(url), target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new RouteFailure(`there is no file ${fileURLToPath(url)}`);
  }
}

async function open(url: URL, signal: AbortSignal): Promise<Response> {
  await requireReachable(url);
  try {
    return await fetch(url, { signal });
  } catch (error) {
    throw new RouteFailure(`${url.host} cannot be reached: ${reasonOf(error)}`);
  }
}

/** `fetch` has no connect time-out of its own to set. */
function requireReachable(url: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
    const socket = connect({ host: url.hostname, port, timeout: connectMs });
    const fail = (reason: string) => {
      socket.destroy();
      reject(new RouteFailure(`${url.host} cannot be reached: ${reason}`));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => fail(`no connection within ${connectMs / 1000} s`));
    socket.once('error', (error) => fail(reasonOf(error)));
  });
}

function reasonOf(error: unknown): string {
  const { cause, message, code } = error as Error & { code?: string };
  if (cause instanceof Error) return reasonOf(cause);
  return message || code || 'no reason given';
}
