import type { Service } from './setting.ts';
import { bytes, count, flag, milliseconds, text } from './setting-kinds.ts';

const api: readonly Service[] = ['api'];

/** Where uploaded files are kept, and how much of what is taken. */
export const fileSettings = {
  fileStore: text(
    'GAPLESS_FILES_STORE',
    api,
    'gridfs',
    'Where uploaded files are kept: in MongoDB (`gridfs`), or in a store that speaks S3 (`s3`)',
    '^(gridfs|s3)$',
  ),
  filesS3Endpoint: text(
    'GAPLESS_FILES_S3_ENDPOINT',
    api,
    '',
    'Address of the S3 store; empty: that of the region',
    '^(https?://[^\\s?#@]+)?$',
  ),
  filesS3Region: text('GAPLESS_FILES_S3_REGION', api, 'us-east-1', 'Its region'),
  filesS3Bucket: text('GAPLESS_FILES_S3_BUCKET', api, '', 'Its bucket, which must be there; must be set with `s3`'),
  filesS3Prefix: text('GAPLESS_FILES_S3_PREFIX', api, 'gapless/', 'What every key in the bucket begins with'),
  filesS3PathStyle: flag(
    'GAPLESS_FILES_S3_PATH_STYLE',
    api,
    true,
    'Whether the bucket stands in the path of the address, as most stores but that of Amazon want it',
  ),
  filesS3AccessKey: text(
    'GAPLESS_FILES_S3_ACCESS_KEY',
    api,
    '',
    'Access key; empty: what the machine has been given by its environment',
  ),
  filesS3SecretFile: text('GAPLESS_FILES_S3_SECRET_FILE', api, '', 'File that holds the secret of that key'),
  fileMaxBytes: bytes('GAPLESS_FILES_MAX_BYTES', api, 25 * 1024 * 1024, 'Largest file, bytes'),
  fileMaxPixels: count(
    'GAPLESS_FILES_MAX_PIXELS',
    api,
    40_000_000,
    'Most pixels of an image, all frames of an animation together',
  ),
  fileUserDayBytes: bytes('GAPLESS_FILES_USER_DAY_BYTES', api, 1024 ** 3, 'Bytes that a user may upload a day (UTC)'),
  fileUserUploads: count('GAPLESS_FILES_USER_UPLOADS', api, 4, 'Uploads of one user at once, on one api'),
  fileUploads: count('GAPLESS_FILES_UPLOADS', api, 32, 'Uploads of all users at once, on one api'),
  fileStallMs: milliseconds('GAPLESS_FILES_STALL_MS', api, 15_000, 'Longest wait for the next bytes of an upload, ms'),
  fileUploadMs: milliseconds('GAPLESS_FILES_UPLOAD_MS', api, 300_000, 'Longest upload, ms'),
  fileLinkMs: milliseconds('GAPLESS_FILES_LINK_MS', api, 300_000, 'How long a link to a file leads to it, ms'),
  fileCollectMs: milliseconds(
    'GAPLESS_FILES_COLLECT_MS',
    api,
    60_000,
    'Time between two looks for files that nothing uses, ms',
  ),
} as const;
