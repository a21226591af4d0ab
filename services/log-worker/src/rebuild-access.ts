import { connectNatsBus } from '@gapless/shared/bus';
import { loadConfig } from '@gapless/shared/config';
import { createMongoDispatch } from '@gapless/shared/outbox';
import { createLogger } from '@gapless/shared/runtime';
import { rebuildAccess } from './access-rebuild.ts';
import { openMongoStore } from './mongo-store.ts';

/** `npm run rebuild-access`: writes every access entry and the flags of rooms anew from MongoDB while chat goes on. */
const config = loadConfig('log-worker');
const logger = createLogger('rebuild-access', config.logLevel);
const store = openMongoStore(config);
store.open(logger);
const bus = await connectNatsBus(config, { name: 'rebuild-access', logger });
try {
  const { access, flags, memberships } = createMongoDispatch({ db: store.db, bus, settings: config, logger });
  const users = await rebuildAccess({ memberships, access }, (done) => logger.info({ users: done }, 'rebuilding'));
  const rooms = await flags.rebuild();
  logger.info({ users, rooms }, 'access entries and flags rebuilt');
} finally {
  await bus.close();
  await store.close();
}
