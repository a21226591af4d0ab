import { createOutboxIndexes, createRevocationIndexes, decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import { type Backoff, backoffMs, type Logger, sleep } from '@gapless/shared/runtime';
import { newId, noticeIndexes } from '@gapless/shared/schema';
import type { Db } from 'mongodb';
import { addNicknameLooks, userIndexes } from './accounts.ts';
import { apiKeyIndexes } from './api-keys.ts';
import { attemptIndexes } from './attempts.ts';
import { auditIndexes } from './audit.ts';
import { blockIndexes } from './blocks.ts';
import { createEmailTokenIndexes } from './email-tokens.ts';
import { eventIndexes, reactionIndexes } from './events.ts';
import { fileIndexes, fileUseIndexes, uploadDayIndexes } from './file-records.ts';
import { formerLookIndexes, formerNicknameIndexes } from './former-nicknames.ts';
import { createFileByteIndexes } from './gridfs-file-store.ts';
import { imageUseIndexes } from './image-uses.ts';
import { inviteIndexes, linkIndexes } from './invites.ts';
import { createMailIndexes } from './mails.ts';
import { makingIndexes } from './makings.ts';
import { notifyIndexes } from './notify-settings.ts';
import { completeProfiles, profileIndexes } from './profiles.ts';
import { openReportIndexes, reportIndexes } from './reports.ts';
import { completeRooms } from './room-completion.ts';
import { addRoomGrams } from './room-grams.ts';
import {
  allRoomIndexes,
  banIndexes,
  memberIndexes,
  memberRoleIndexes,
  partialRoomIndexes,
  roleIndexes,
  roomIndexes,
} from './room-rows.ts';
import { indexLivingSessions, sessionIndexes } from './sessions.ts';
import { turnIndexes } from './turn-store.ts';
import { directoryIndexes } from './user-directory.ts';

interface Migration {
  /** Never changed, never used again. */
  readonly id: string;
  /** May be broken off and run again. */
  run(db: Db): Promise<void>;
}

/** In order; only ever appended to. */
export const migrations: readonly Migration[] = [
  {
    id: '001-accounts',
    async run(db) {
      await db.collection('users').createIndexes([...userIndexes]);
      await db.collection('sessions').createIndexes([...sessionIndexes]);
      await db.collection('attempts').createIndexes([...attemptIndexes]);
    },
  },
  {
    id: '002-rooms',
    async run(db) {
      await db.collection('rooms').createIndexes([...roomIndexes]);
      await db.collection('members').createIndexes([...memberIndexes]);
      await createOutboxIndexes(db);
    },
  },
  { id: '003-revocations', run: createRevocationIndexes },
  {
    id: '008-makings',
    async run(db) {
      await db.collection('makings').createIndexes([...makingIndexes]);
    },
  },
  {
    id: '017-people',
    async run(db) {
      await db.collection('users').createIndexes([...profileIndexes]);
      await dropIndex(db, 'users', 'email');
      await completeProfiles(db);
      await db.collection('former_nicknames').createIndexes([...formerNicknameIndexes]);
      await db.collection('blocks').createIndexes([...blockIndexes]);
      await db.collection('reports').createIndexes([...reportIndexes]);
    },
  },
  {
    id: '018-members-by-role',
    async run(db) {
      await db.collection('members').createIndexes([...memberRoleIndexes]);
    },
  },
  {
    id: '019-room-kinds',
    async run(db) {
      await db.collection('rooms').createIndexes([...partialRoomIndexes]);
      await completeRooms(db);
      await db.collection('members').createIndexes([...roleIndexes]);
      await db.collection('bans').createIndexes([...banIndexes]);
      await db.collection('invites').createIndexes([...inviteIndexes]);
      await db.collection('links').createIndexes([...linkIndexes]);
    },
  },
  {
    id: '020-turns',
    async run(db) {
      await db.collection('turns').createIndexes([...turnIndexes]);
    },
  },
  {
    id: '022-messages',
    async run(db) {
      await db.collection('events').createIndexes([...eventIndexes]);
      await db.collection('reactions').createIndexes([...reactionIndexes]);
    },
  },
  { id: '030-nickname-looks', run: addNicknameLooks },
  {
    id: '031-mails',
    async run(db) {
      await createEmailTokenIndexes(db);
      await createMailIndexes(db);
      await indexLivingSessions(db);
    },
  },
  {
    id: '032-former-looks',
    async run(db) {
      await db.collection('former_nicknames').createIndexes([...formerLookIndexes]);
    },
  },
  {
    id: '033-reports-of-all',
    async run(db) {
      await db.collection('reports').createIndexes([...openReportIndexes]);
    },
  },
  {
    id: '040-files',
    async run(db) {
      await db.collection('files').createIndexes([...fileIndexes]);
      await db.collection('file_uses').createIndexes([...fileUseIndexes]);
      await db.collection('upload_days').createIndexes([...uploadDayIndexes]);
      await createFileByteIndexes(db);
    },
  },
  {
    id: '041-image-uses',
    async run(db) {
      await db.collection('file_uses').createIndexes([...imageUseIndexes]);
    },
  },
  { id: '045-room-grams', run: addRoomGrams },
  {
    id: '050-audit',
    async run(db) {
      await db.collection('audit').createIndexes([...auditIndexes]);
    },
  },
  {
    id: '051-all-of-them',
    async run(db) {
      await db.collection('rooms').createIndexes([...allRoomIndexes]);
      await db.collection('users').createIndexes([...directoryIndexes]);
    },
  },
  {
    id: '052-notices',
    async run(db) {
      await db.collection('notices').createIndexes([...noticeIndexes]);
    },
  },
  {
    id: '053-keys-of',
    async run(db) {
      await db.collection('api_keys').createIndexes([...apiKeyIndexes]);
    },
  },
  {
    id: '055-notifications',
    async run(db) {
      await db.collection('notify_rooms').createIndexes([...notifyIndexes]);
    },
  },
  // By the second rules for grams.
  { id: '056-room-grams', run: addRoomGrams },
];

/** Also where it is gone already. */
async function dropIndex(db: Db, collection: string, name: string): Promise<void> {
  const indexes = await fromStore('reading indexes', db.collection(collection).indexes({ maxTimeMS }));
  if (indexes.some((index) => index.name === name)) await db.collection(collection).dropIndex(name);
}

const lockId = 'lock';
const lockMs = 60_000;
const renewMs = lockMs / 4;
const waiting: Backoff = { firstMs: 100, maxMs: 2_000 };

/** Brings the database up to date; of many processes that start at once one does it, the others wait. */
export async function migrate(db: Db, logger: Logger): Promise<void> {
  const by = newId();
  for (let attempt = 0; !(await lock(db, by)); attempt++) await sleep(backoffMs(attempt, waiting));
  // A migration of much data takes longer than the lock of a process that died should last.
  const renewal = setInterval(() => {
    renew(db, by).catch((error: unknown) => logger.warn({ err: error }, 'the lock of migrations was not renewed'));
  }, renewMs);
  try {
    await runPending(db, logger);
  } finally {
    clearInterval(renewal);
    await fromStore('unlocking migrations', db.collection<LockRow>('migrations').deleteOne({ _id: lockId, by }));
  }
}

async function renew(db: Db, by: string): Promise<void> {
  const locks = db.collection<LockRow>('migrations', decisive);
  const later = [{ $set: { until: { $add: ['$$NOW', lockMs] } } }];
  await fromStore('renewing the lock of migrations', locks.updateOne({ _id: lockId, by }, later, { maxTimeMS }));
}

interface LockRow {
  readonly _id: string;
  readonly by?: string;
  readonly until?: Date;
  readonly at?: Date;
}

async function runPending(db: Db, logger: Logger): Promise<void> {
  const done = db.collection<LockRow>('migrations', decisive);
  const rows = await fromStore('reading migrations', done.find({}, { maxTimeMS }).toArray());
  const known = new Set(rows.map((row) => row._id));
  for (const migration of migrations) {
    if (known.has(migration.id)) continue;
    await migration.run(db);
    const mark = { $setOnInsert: { at: new Date() } };
    await fromStore('noting a migration', done.updateOne({ _id: migration.id }, mark, { upsert: true }));
    logger.info({ migration: migration.id }, 'migrated');
  }
}

/** By the server's clock; a lock whose holder died ends by itself. */
async function lock(db: Db, by: string): Promise<boolean> {
  const locks = db.collection<LockRow>('migrations', decisive);
  const isFree = { $lt: ['$until', '$$NOW'] };
  const until = { $add: ['$$NOW', lockMs] };
  const take = [{ $set: { by: { $cond: [isFree, by, '$by'] }, until: { $cond: [isFree, until, '$until'] } } }];
  const options = { upsert: true, returnDocument: 'after', maxTimeMS } as const;
  const row = await fromStore('locking migrations', locks.findOneAndUpdate({ _id: lockId }, take, options));
  return row?.by === by;
}
