import type { Online } from '@gapless/shared/bus';
import { type Config, settings } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import { type Clock, type Logger, sleep } from '@gapless/shared/runtime';
import { revocationLifeMs } from '@gapless/shared/schema';
import { createBusLetterDesk } from './bus-letter-desk.ts';
import type { BusLink } from './bus-link.ts';
import type { HeadsHeard } from './bus-log-state.ts';
import type { TellRevocation } from './domain/accounts/tell-revocation.ts';
import { createApiKeys } from './domain/admin/api-keys.ts';
import { createAudit } from './domain/admin/audit.ts';
import { createEdges } from './domain/admin/edges.ts';
import { createLetterOffice } from './domain/admin/letter-office.ts';
import { createNotices } from './domain/admin/notices.ts';
import { createUserDirectory } from './domain/admin/user-directory.ts';
import type { LogState } from './domain/log/log-state.ts';
import { foresee } from './foresee.ts';
import { createApiKeyStore } from './repositories/api-keys.ts';
import { createAuditStore } from './repositories/audit.ts';
import type { Mongo } from './repositories/mongo.ts';
import { createNoticeStore } from './repositories/notices.ts';
import { createRoomStore } from './repositories/rooms.ts';
import { createDirectoryStore } from './repositories/user-directory.ts';

/** What runs an installation, put together. */
export function createAdminDomain(deps: {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly mongo: Mongo;
  readonly tell: TellRevocation;
  readonly isClosed: (email: string) => boolean;
  readonly link: BusLink;
  /** Rejects while that cannot be told. */
  readonly online: () => Online;
  readonly heads: () => HeadsHeard | undefined;
}) {
  const { config, logger, clock, mongo, tell, isClosed } = deps;
  const revokedForMs = revocationLifeMs(config.accessTokenMs);
  const { db, client } = mongo;
  const failed = (error: unknown) => {
    if (foresee(error) === undefined) throw error;
    logger.warn({ err: error }, 'how an act ended was not noted');
  };
  return {
    limits: limitsOf(config),
    ...operations(deps),
    apiKeys: createApiKeys({ store: createApiKeyStore(client, db), clock }),
    notices: createNotices({ store: createNoticeStore(client, db), rooms: createRoomStore(db), clock }),
    directory: createUserDirectory({ store: createDirectoryStore(client, db, revokedForMs), clock, tell, isClosed }),
    audit: createAudit({ store: createAuditStore(db), clock, keptMs: config.auditAgeMs, failed }),
  };
}

const limiting = [
  'textLimit',
  'roomMembersLimit',
  'userRoomsLimit',
  'loginsPerMinute',
  'requestsPerMinute',
  'adminRequestsPerMinute',
] as const;

const limitsOf = (config: Config) =>
  limiting.map((name) => ({ variable: settings[name].variable, value: config[name] }));

function operations({ link, online, heads }: Parameters<typeof createAdminDomain>[0]) {
  const logState: LogState = async () => {
    const heard = heads();
    if (heard === undefined) throw new Failure('log_unavailable', { retryMs: 1_000 });
    return heard.standings();
  };
  return {
    logState,
    letters: createLetterOffice(createBusLetterDesk(() => link.bus().commands)),
    edges: createEdges({
      list: () =>
        online()
          .edges()
          .map(({ id, load }) => ({ id, ...load })),
      order: (edge) => link.bus().drains.order({ edge }),
      sleep,
    }),
  };
}
