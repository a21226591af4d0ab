import { type Door, FileSchema } from '@gapless/shared/commands';
import { always, headersOf, onBehalf, responsesTo } from './openapi-operation.ts';
import { type Json, schemaWith } from './openapi-schema.ts';

const aFile = {
  ...{ id: '01kahzz7c8d9e0f1g2h3j4k5m6', name: 'view.jpg', type: 'image/jpeg', size: 183_220 },
  ...{ width: 1600, height: 1200, thumb: true },
};
const binary = { '*/*': { schema: { type: 'string', format: 'binary' } } };
const text = (description: string) => ({ type: 'string', description });

/** What is no command: its body, or its answer, is a file. */
export const filePaths = (named: ReadonlyMap<unknown, string>, door: Door): Json => ({
  '/v1/files': { post: uploadOperation(named, door) },
  '/v1/files/{file}/content': { get: contentOperation },
  '/v1/images/{image}': { get: imageOperation },
});

const uploadOperation = (named: ReadonlyMap<unknown, string>, door: Door): Json => ({
  operationId: 'files.upload',
  tags: ['files'],
  summary: 'Upload a file',
  description:
    'One file in a form. What it is its content says. An image is made anew, upright and without what cameras add to it, ' +
    'and gets a small picture; SVG is not taken. What no message carries within a day is removed. Repeated with the same ' +
    '`Idempotency-Key` and the same bytes it is taken in once.',
  security: [door === 'admin' ? { apiKey: [] } : { accessToken: [] }],
  parameters: [{ $ref: '#/components/parameters/IdempotencyKey' }, ...(door === 'admin' ? [onBehalf] : [])],
  requestBody: {
    required: true,
    content: {
      'multipart/form-data': {
        schema: {
          type: 'object',
          required: ['file'],
          properties: { file: { type: 'string', format: 'binary' } },
          additionalProperties: false,
        },
      },
    },
  },
  responses: {
    201: {
      description: 'Made',
      headers: headersOf(['Location', ...always]),
      content: { 'application/json': { schema: schemaWith(named, FileSchema), example: aFile } },
    },
    ...responsesTo([
      ...(['invalid_request', 'upload_broken', 'file_unfit', 'file_too_large', 'unsupported_media'] as const),
      ...(['token_required', 'account_disabled', 'issuer_unavailable', 'id_reused', 'too_many_uploads'] as const),
      ...(door === 'admin' ? (['forbidden', 'not_found'] as const) : []),
      ...(['rate_limited', 'busy', 'store_unavailable', 'internal'] as const),
    ]),
  },
});

const own = ['Content-Disposition', 'Accept-Ranges', 'ETag', ...always];

const contentResponses: Json = {
  200: { description: 'The file', headers: headersOf(own), content: binary },
  206: { description: 'A part of it', headers: headersOf(['Content-Range', ...own]), content: binary },
  304: { description: 'As it was', headers: headersOf(own) },
  416: { description: 'There is no such part', headers: headersOf(['Content-Range', 'ETag', ...always]) },
  ...responsesTo(['not_found', 'rate_limited', 'store_unavailable', 'internal']),
};

const param = (name: string, place: string, schema: Json, example: unknown) => ({
  ...{ name, in: place, required: place === 'path', description: name, schema, example },
});

const contentOperation: Json = {
  operationId: 'files.content',
  tags: ['files'],
  summary: 'The bytes of a file',
  description:
    'By a link as it was given. One that was altered, made up, or has ended is answered as if there were no such file.',
  security: [],
  parameters: [
    param('file', 'path', text('A file id'), aFile.id),
    param('e', 'query', text('End of the link'), '1795262700000'),
    param('s', 'query', text('Signature'), '3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'),
    param('thumb', 'query', text('`1`: its small picture'), '1'),
    param('Range', 'header', text('One range of bytes'), 'bytes=0-1023'),
    { $ref: '#/components/parameters/IfNoneMatch' },
  ],
  responses: contentResponses,
};

const imageOperation: Json = {
  operationId: 'images.content',
  tags: ['files'],
  summary: 'The image of a user or a room',
  description: 'By the address that stands in `image`, which is good until there is another one. At most 320 × 320.',
  security: [],
  parameters: [
    param('image', 'path', text('Name of the image'), 'r4nd0m'),
    { $ref: '#/components/parameters/IfNoneMatch' },
  ],
  responses: contentResponses,
};
