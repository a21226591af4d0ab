import { loadConfig } from '@gapless/shared/config';
import { createLogger } from '@gapless/shared/runtime';
import { runOffice } from './dead-letter-office.ts';
import { createEventWriter } from './event-writer.ts';
import { createMentions } from './mentions.ts';
import { createMongoDeadLetters } from './mongo-dead-letters.ts';
import { createMongoFileUses } from './mongo-file-uses.ts';
import { createMongoMentionStore } from './mongo-mention-store.ts';
import { createMongoMessageStore } from './mongo-message-store.ts';
import { createMongoPeople } from './mongo-people.ts';
import { openMongoStore } from './mongo-store.ts';
import { noPreviews } from './previews/previews.ts';

/** `npm run dead-letters -- list | requeue <id> | requeue --all`: needs MongoDB alone, and may run beside the workers. */
const config = loadConfig('log-worker');
const store = openMongoStore(config);
store.open(createLogger('dead-letters', config.logLevel));
try {
  const { db } = store;
  const kept = { put: async () => undefined };
  const mentions = createMentions({
    store: createMongoMentionStore(db),
    people: createMongoPeople(db),
    allLimit: config.mentionAllLimit,
    // The workers' relay finds it.
    alerted: () => undefined,
  });
  process.exitCode = await runOffice(process.argv.slice(2), {
    office: createMongoDeadLetters(db),
    write: createEventWriter({
      store: createMongoMessageStore(db),
      mentions,
      previews: noPreviews,
      files: createMongoFileUses(db),
      deadLetters: kept,
    }),
    say: (line) => process.stdout.write(`${line}\n`),
  });
} finally {
  await store.close();
}
