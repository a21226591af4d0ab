import { loadConfig } from '@gapless/shared/config';
import { createLogger, sleep } from '@gapless/shared/runtime';
import { createMongoSearchStore } from './mongo-search-store.ts';
import { openMongoStore } from './mongo-store.ts';
import { rebuildSearch } from './search-rebuild.ts';

/** `npm run rebuild-search`: projects all messages for search anew from MongoDB while chat goes on. Needs MongoDB alone. */
const config = loadConfig('log-worker');
const logger = createLogger('rebuild-search', config.logLevel);
const mongo = openMongoStore(config);
mongo.open(logger);
try {
  const store = createMongoSearchStore(mongo.db);
  await store.prepare();
  // Half of the time belongs to others.
  const rest = (tookMs: number) => sleep(tookMs);
  const messages = await rebuildSearch({ store, rest }, (done) => logger.info({ messages: done }, 'rebuilding'));
  logger.info({ messages }, 'search rebuilt');
} finally {
  await mongo.close();
}
