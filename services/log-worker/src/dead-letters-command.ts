import { loadConfig } from '@gapless/shared/config';
import { createLogger } from '@gapless/shared/runtime';
import { runOffice } from './dead-letter-office.ts';
import { createEventWriter } from './event-writer.ts';
import { createMongoDeadLetters } from './mongo-dead-letters.ts';
import { createMongoMessageStore } from './mongo-message-store.ts';
import { openMongoStore } from './mongo-store.ts';

/** `npm run dead-letters -- list | requeue <id> | requeue --all`: needs MongoDB alone, and may run beside the workers. */
const config = loadConfig('log-worker');
const store = openMongoStore(config);
store.open(createLogger('dead-letters', config.logLevel));
try {
  const kept = { put: async () => undefined };
  process.exitCode = await runOffice(process.argv.slice(2), {
    office: createMongoDeadLetters(store.db),
    write: createEventWriter({ store: createMongoMessageStore(store.db), deadLetters: kept }),
    say: (line) => process.stdout.write(`${line}\n`),
  });
} finally {
  await store.close();
}
