import type { Config } from '@gapless/shared/config';
import type { Clock, Logger } from '@gapless/shared/runtime';
import { createApiKeys } from './domain/api-keys.ts';
import { createAudit } from './domain/audit.ts';
import { createUserDirectory } from './domain/user-directory.ts';
import { foresee } from './foresee.ts';
import { createApiKeyStore } from './repositories/api-keys.ts';
import { createAuditStore } from './repositories/audit.ts';
import type { Mongo } from './repositories/mongo.ts';
import { createDirectoryStore } from './repositories/user-directory.ts';

/** What runs an installation, put together. */
export function createAdminDomain(deps: {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly mongo: Mongo;
}) {
  const { config, logger, clock, mongo } = deps;
  const { db, client } = mongo;
  const failed = (error: unknown) => {
    if (foresee(error) === undefined) throw error;
    logger.warn({ err: error }, 'how an act ended was not noted');
  };
  return {
    apiKeys: createApiKeys({ store: createApiKeyStore(client, db), clock }),
    directory: createUserDirectory({ store: createDirectoryStore(client, db), clock }),
    audit: createAudit({ store: createAuditStore(db), clock, keptMs: config.auditAgeMs, failed }),
  };
}
