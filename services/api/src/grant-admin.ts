import { loadConfig } from '@gapless/shared/config';
import { mongoUrlOf } from '@gapless/shared/outbox';
import { createLogger } from '@gapless/shared/runtime';
import { grantAdmin } from './repositories/grant-admin.ts';
import { openMongo } from './repositories/mongo.ts';

/** `npm run grant-admin -- <email>`: the first admin comes from outside; an address proves nothing at sign-up. */
// Of all services it needs the fewest settings beside the store's.
const config = loadConfig('log-worker');
const logger = createLogger('grant-admin', config.logLevel);
const [email = ''] = process.argv.slice(2);
const mongo = openMongo(mongoUrlOf(config), config.mongoDatabase);
mongo.open(logger);
try {
  const granted = await grantAdmin(mongo.db, email);
  if (granted) logger.info('the account is an admin’s');
  else {
    logger.error('no account has that address');
    process.exitCode = 1;
  }
} finally {
  await mongo.close();
}
