import { hostname } from 'node:os';
import { loadConfig } from '@gapless/shared/config';
import { noteBegun } from '@gapless/shared/outbox';
import { createLogger, systemClock } from '@gapless/shared/runtime';
import { runOffice } from './dead-letter-office.ts';
import { createEventWriter } from './event-writer.ts';
import { createMentions } from './mentions.ts';
import { createMongoDeadLetters } from './mongo-dead-letters.ts';
import { createMongoFileUses } from './mongo-file-uses.ts';
import { createMongoMentionStore } from './mongo-mention-store.ts';
import { createMongoMessageStore } from './mongo-message-store.ts';
import { createMongoNotifyReads } from './mongo-notify-reads.ts';
import { createMongoPeople } from './mongo-people.ts';
import { createMongoReplyStore } from './mongo-reply-store.ts';
import { createMongoSearchStore } from './mongo-search-store.ts';
import { openMongoStore } from './mongo-store.ts';
import { createReplies } from './replies.ts';
import { createSearchProjection } from './search-projection.ts';

/** `npm run dead-letters -- list | requeue <id> | requeue --all`: needs MongoDB alone, and may run beside the workers. */
const config = loadConfig('log-worker');
const store = openMongoStore(config);
const logger = createLogger('dead-letters', config.logLevel);
store.open(logger);
try {
  const { db } = store;
  const operator = { machine: hostname(), keptMs: config.auditAgeMs };
  const kept = { put: async () => undefined };
  const telling = {
    people: createMongoPeople(db),
    wishes: createMongoNotifyReads(db),
    clock: systemClock,
    // The workers' relay finds it.
    alerted: () => undefined,
  };
  const mentions = createMentions({
    ...telling,
    store: createMongoMentionStore(db),
    allLimit: config.mentionAllLimit,
  });
  const replies = createReplies({ ...telling, store: createMongoReplyStore(db) });
  const messages = createMongoMessageStore(db);
  process.exitCode = await runOffice(process.argv.slice(2), {
    office: createMongoDeadLetters(db),
    write: createEventWriter({
      store: messages,
      derived: [
        mentions,
        replies,
        createMongoFileUses(db),
        createSearchProjection({ store: createMongoSearchStore(db), logger }),
      ],
      deadLetters: kept,
    }),
    // As the same act of an admin is called.
    noted: (target) =>
      noteBegun(db, { ...operator, command: 'letters.retry', target, at: new Date(systemClock.now()) }),
    say: (line) => process.stdout.write(`${line}\n`),
  });
} finally {
  await store.close();
}
