import { parseArgs } from 'node:util';
import { loadConfig } from '@gapless/shared/config';
import { createLogger, sleep } from '@gapless/shared/runtime';
import { createMongoSearchStore } from './mongo-search-store.ts';
import { openMongoStore } from './mongo-store.ts';
import { rebuildSearch } from './search-rebuild.ts';

/** `npm run rebuild-search [-- --from-start]`: projects all messages for search anew from MongoDB while chat goes on. Needs MongoDB alone. */
const { values } = parseArgs({ options: { 'from-start': { type: 'boolean', default: false } } });
const config = loadConfig('log-worker');
const logger = createLogger('rebuild-search', config.logLevel);
const mongo = openMongoStore(config);
mongo.open(logger);
try {
  const store = createMongoSearchStore(mongo.db);
  await store.prepare();
  // Half of the time belongs to others.
  const rest = (tookMs: number) => sleep(tookMs);
  const deps = { store, rest, fromStart: values['from-start'] };
  const messages = await rebuildSearch(deps, (done) => logger.info({ messages: done }, 'rebuilding'));
  logger.info({ messages }, 'search rebuilt');
} finally {
  await mongo.close();
}
