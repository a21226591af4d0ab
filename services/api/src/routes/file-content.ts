import { Readable } from 'node:stream';
import { Failure } from '@gapless/shared/errors';
import type { FileId } from '@gapless/shared/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FileLinks, LinkQuery } from '../domain/files/file-links.ts';
import { type FileRecords, type StoredFile, thumbKey } from '../domain/files/file-records.ts';
import type { FileStore } from '../domain/files/file-store.ts';
import { isPicture } from '../domain/files/file-type.ts';
import { thumbType } from '../domain/files/pictures.ts';
import { pictureLimit } from '../plugins/rate-limits.ts';
import { byteRangeOf } from './byte-range.ts';
import { refuseOthers } from './command-routes.ts';
import { dispositionOf } from './content-disposition.ts';
import { isKnown } from './entity-tags.ts';
import { createOpenDownloads } from './open-downloads.ts';

export interface FileContentOptions {
  readonly fileLinks: Pick<FileLinks, 'read'>;
  readonly fileRecords: Pick<FileRecords, 'find' | 'findImage'>;
  readonly fileStore: Pick<FileStore, 'read'>;
  readonly linkMs: number;
  /** Requests of one address, as of everything else; of files there may be more. */
  readonly perMinute: number;
}

/** What is sent of a file. */
interface Content {
  readonly key: string;
  readonly type: string;
  readonly size: number;
  readonly name: string;
  readonly maxAgeSeconds: number;
}

const dayInSeconds = 86_400;
/** Downloads at once, and how long each may take. */
const downloads = { atOnce: 100, wholeMs: 600_000 };

/** The bytes of files, for whoever has a link: no session is asked for, since pages put links into `<img>`. */
export async function fileContent(app: FastifyInstance, options: FileContentOptions): Promise<void> {
  const { fileLinks, fileRecords, fileStore, linkMs } = options;
  const open = createOpenDownloads(downloads);
  const config = pictureLimit(options.perMinute);

  app.get('/files/:file/content', { config }, async (request, reply) => {
    const { file: id } = request.params as { readonly file: string };
    const variant = fileLinks.read(id, textsOf(request.query));
    const file = variant === undefined ? undefined : await fileRecords.find(id as FileId);
    if (file === undefined) throw noFile();
    const maxAgeSeconds = Math.floor(linkMs / 1_000);
    return send(request, reply, variant === 'thumb' ? thumbOf(file, maxAgeSeconds) : wholeOf(file, maxAgeSeconds));
  });

  app.get('/images/:image', { config }, async (request, reply) => {
    const { image } = request.params as { readonly image: string };
    const file = await fileRecords.findImage(image);
    if (file === undefined) throw noFile();
    return send(request, reply, thumbOf(file, dayInSeconds));
  });

  for (const path of ['/files/:file/content', '/images/:image']) refuseOthers(app, path, new Set(['GET', 'HEAD']));

  async function send(request: FastifyRequest, reply: FastifyReply, content: Content): Promise<FastifyReply> {
    const { key, size } = content;
    const tag = `"${key}"`;
    const known = { ...headersOf(content), etag: tag };
    if (isKnown(request.headers['if-none-match'], tag)) return reply.headers(known).code(304).send();
    const { range, 'if-range': condition } = request.headers;
    const part = condition === undefined || condition === tag ? byteRangeOf(range, size) : undefined;
    if (part === 'unsatisfiable') return refuseRange(reply, size);
    // An empty stream keeps the length that is set.
    const bytes = request.method === 'HEAD' ? Readable.from([]) : await open(() => fileStore.read(key, part));
    if (bytes === undefined) throw noFile();
    // Only now: no refusal says that it may be kept.
    const length = part === undefined ? size : part.to - part.from + 1;
    reply.headers(known).type(content.type).header('content-length', length);
    if (part !== undefined) reply.code(206).header('content-range', `bytes ${part.from}-${part.to}/${size}`);
    return reply.send(bytes);
  }
}

const noFile = (): Failure => new Failure('not_found', { detail: 'No such file' });

function refuseRange(reply: FastifyReply, size: number): FastifyReply {
  return reply.code(416).header('content-range', `bytes */${size}`).send();
}

/** A parameter that comes twice is none. */
function textsOf(query: unknown): LinkQuery {
  const texts = Object.entries(query as Record<string, unknown>).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts) as LinkQuery;
}

const wholeOf = ({ id, type, size, name }: StoredFile, maxAgeSeconds: number): Content => ({
  ...{ key: id, type, size, name, maxAgeSeconds },
});

function thumbOf({ id, thumbSize, name }: StoredFile, maxAgeSeconds: number): Content {
  if (thumbSize === undefined) throw noFile();
  return { key: thumbKey(id), type: thumbType, size: thumbSize, name: `${name}.webp`, maxAgeSeconds };
}

/** Whatever it holds, it is never run: shown as an image that we made, or saved. */
const headersOf = ({ type, name, maxAgeSeconds }: Content) => ({
  'accept-ranges': 'bytes',
  'cache-control': `private, max-age=${maxAgeSeconds}, immutable`,
  'content-disposition': dispositionOf(isPicture(type) ? 'inline' : 'attachment', name),
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'cross-origin',
});
