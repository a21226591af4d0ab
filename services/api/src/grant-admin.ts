import { hostname } from 'node:os';
import { loadConfig } from '@gapless/shared/config';
import { mongoUrlOf } from '@gapless/shared/outbox';
import { createLogger, systemClock } from '@gapless/shared/runtime';
import { revocationLifeMs } from '@gapless/shared/schema';
import { grantAdmin } from './repositories/grant-admin.ts';
import { openMongo } from './repositories/mongo.ts';

/** `npm run grant-admin -- <email> [--unproven]`: the first admin comes from outside; an address proves nothing at sign-up. */
// Of all services it needs the fewest settings beside the store's.
const config = loadConfig('log-worker');
const logger = createLogger('grant-admin', config.logLevel);
const [email = '', ...flags] = process.argv.slice(2);
const refusals = {
  nobody: 'no account has that address',
  unproven:
    'whoever has that account never showed that he reads the address: it may be anybody; where you know whose it is, add --unproven',
} as const;
const mongo = openMongo(mongoUrlOf(config), config.mongoDatabase);
mongo.open(logger);
try {
  const granted = await grantAdmin(mongo, email, {
    isVouchedFor: flags.includes('--unproven'),
    now: new Date(systemClock.now()),
    revokedForMs: revocationLifeMs(config.accessTokenMs),
    machine: hostname(),
    keptMs: config.auditAgeMs,
  });
  if (granted === 'granted') logger.info('the account is an admin’s');
  else {
    logger.error(refusals[granted]);
    process.exitCode = 1;
  }
} finally {
  await mongo.close();
}
