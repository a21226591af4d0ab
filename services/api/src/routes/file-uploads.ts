import multipart, { type Multipart } from '@fastify/multipart';
import type { Contract } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import { withDeadline } from '@gapless/shared/runtime';
import type { UserId } from '@gapless/shared/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { showFile } from '../commands/show.ts';
import { asMessageFile } from '../domain/files/file-records.ts';
import type { ByteSource } from '../domain/files/file-store.ts';
import type { TakeUpload } from '../domain/files/uploads.ts';
import { longBody } from '../plugins/body-deadline.ts';
import { refuseOthers } from './command-routes.ts';
import { clientIdOf } from './request-parameters.ts';

export interface Uploading {
  readonly takeUpload: TakeUpload;
  readonly stallMs: number;
}

export interface FileUploadsOptions extends Uploading {
  /** Before a byte of it is read: whose the file will be; rejects for who may not upload. */
  readonly admit: (request: FastifyRequest) => Promise<UserId>;
  readonly carryOut: <T>(request: FastifyRequest, work: () => Promise<T>) => Promise<T>;
}

/** No command, since no frame is that long; what a key needs for it follows from this all the same. */
export const uploadContract: Contract = {
  ...{ method: 'POST', path: '/files', tag: 'files', summary: 'Upload a file' },
  parameters: Type.Object({}),
};

/** One file and nothing else; its size is bounded where its bytes are counted. */
const limits = {
  files: 1,
  fields: 0,
  parts: 1,
  fieldNameSize: 100,
  headerPairs: 20,
  fileSize: Number.MAX_SAFE_INTEGER,
};

/** `POST /files`: the one request whose body is no JSON, and that passes on its bytes while they come. */
export async function fileUploads(app: FastifyInstance, options: FileUploadsOptions): Promise<void> {
  const { takeUpload, stallMs, admit, carryOut } = options;
  const users = new WeakMap<FastifyRequest, UserId>();
  await app.register(multipart, { limits });

  app.route({
    method: 'POST',
    url: '/files',
    config: longBody,
    preParsing: async (request) => void users.set(request, await admit(request)),
    handler: async (request, reply) => {
      try {
        const { name, bytes } = await onlyFile(request, stallMs);
        const key = request.headers['idempotency-key'];
        const clientId = key === undefined ? undefined : clientIdOf(String(key));
        const user = users.get(request);
        if (user === undefined) throw new Error('an upload came past the door');
        const file = await carryOut(request, () => takeUpload({ user, name, clientId, bytes }));
        return reply
          .code(201)
          .header('location', `/v1/files/${file.id}/link`)
          .send(showFile(asMessageFile(file)));
      } catch (error) {
        letGo(request, reply);
        throw error;
      }
    },
  });
  refuseOthers(app, '/files', new Set(['POST']));
}

/** What is still to come is not waited for: the connection ends with the answer. */
function letGo({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (raw.complete) return;
  reply.header('connection', 'close');
  raw.unpipe();
  raw.resume();
}

async function onlyFile(request: FastifyRequest, stallMs: number) {
  if (!request.isMultipart()) throw new Failure('unsupported_media');
  const parts = request.parts();
  const first = await nextOf(parts, stallMs);
  if (first === undefined || first.type !== 'file') throw broken('The request has to be one file');
  return { name: first.filename, bytes: followed(first.file, parts, stallMs) };
}

/** The bytes of the file, as long as nothing comes behind it. */
async function* followed(
  file: ByteSource,
  parts: AsyncIterator<Multipart>,
  stallMs: number,
): AsyncGenerator<Uint8Array> {
  try {
    yield* file;
  } catch (error) {
    throw broken('The file did not come whole', error);
  }
  if ((await nextOf(parts, stallMs)) !== undefined) throw broken('The request has to be one file');
}

async function nextOf(parts: AsyncIterator<Multipart>, ms: number): Promise<Multipart | undefined> {
  try {
    const next = await withDeadline('a part of an upload', ms, parts.next());
    return next.done === true ? undefined : next.value;
  } catch (error) {
    throw broken('The request is no such upload', error);
  }
}

const broken = (detail: string, cause?: unknown): Failure => new Failure('upload_broken', { detail, cause });
