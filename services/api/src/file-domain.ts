import type { Config } from '@gapless/shared/config';
import type { Clock, Logger, Metrics } from '@gapless/shared/runtime';
import { createFileAccess } from './domain/files/file-access.ts';
import { createFileCollection } from './domain/files/file-collection.ts';
import { createFileLinks, linkSecret } from './domain/files/file-links.ts';
import type { FileRecords } from './domain/files/file-records.ts';
import type { FileStore } from './domain/files/file-store.ts';
import { createUploads } from './domain/files/uploads.ts';
import type { FindMessage } from './domain/messages/find-message.ts';
import type { History } from './domain/messages/history.ts';
import { createFileCollector } from './file-collector.ts';
import { createGridFsFileStore } from './repositories/gridfs-file-store.ts';
import type { Mongo } from './repositories/mongo.ts';
import { createS3FileStore } from './s3-file-store.ts';
import { createMakePicture } from './sharp-pictures.ts';

export interface FileDomainDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly mongo: Mongo;
  readonly privateKeyPem: string;
  readonly fileRecords: FileRecords;
  readonly history: History;
  readonly findMessage: FindMessage;
}

/** Files, from upload to collection, put together. */
export function createFileDomain(deps: FileDomainDeps) {
  const { config, logger, metrics, clock, privateKeyPem, fileRecords: records, history, findMessage: find } = deps;
  const { store, close } = openStore(deps);
  const uploads = metrics.counter('api_file_uploads_total');
  const bytes = metrics.counter('api_file_upload_bytes_total');
  const fileLinks = createFileLinks({ secret: linkSecret(privateKeyPem), lifeMs: config.fileLinkMs, clock });
  const collection = createFileCollection({ records, store, find, clock });
  return {
    fileStore: store,
    fileLinks,
    fileAccess: createFileAccess({ records, history, links: fileLinks }),
    takeUpload: createUploads({
      ...{ records, store, clock },
      makePicture: createMakePicture({ maxPixels: config.fileMaxPixels }),
      limits: {
        maxBytes: config.fileMaxBytes,
        stallMs: config.fileStallMs,
        wholeMs: config.fileUploadMs,
        userUploads: config.fileUserUploads,
        uploads: config.fileUploads,
        userDayBytes: config.fileUserDayBytes,
      },
      noted: (outcome, count) => {
        uploads.inc({ outcome });
        bytes.inc(count);
      },
    }),
    fileCollector: createFileCollector({ collection, records, everyMs: config.fileCollectMs, clock, logger, metrics }),
    closeFileStore: close,
  };
}

function openStore({ config, mongo }: FileDomainDeps): { readonly store: FileStore; readonly close: () => void } {
  if (config.fileStore === 'gridfs') return { store: createGridFsFileStore(mongo.db), close: () => undefined };
  const store = createS3FileStore(config);
  return { store, close: store.close };
}
