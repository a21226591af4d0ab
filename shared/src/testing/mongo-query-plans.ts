import { type Db, type Document, MongoServerError } from 'mongodb';

/** An operation as MongoDB's profiler wrote it down. */
export interface ProfiledOperation extends Document {
  readonly op: string;
  readonly ns: string;
  readonly command: Document;
  readonly appName?: string;
  readonly planSummary?: string;
  readonly hasSortStage?: boolean;
  readonly keysExamined?: number;
  readonly docsExamined?: number;
  readonly nreturned?: number;
}

/** What the server did for the programs that were watched. */
export interface QueryPlans {
  /** All of it since the beginning, or since this was asked before. */
  operations(): Promise<readonly ProfiledOperation[]>;
  /** Each operation since the beginning that read a whole collection or sorted in memory, in words. */
  scansAndSorts(): Promise<readonly string[]>;
}

const profileBytes = 64 * 1024 * 1024;

/** What may read a whole collection, or sort, and why that stays small. */
const allowed: readonly { readonly what: string; readonly is: (operation: ProfiledOperation) => boolean }[] = [
  { what: 'the list of migrations: as many as there are in the code', is: ({ ns }) => ns.endsWith('.migrations') },
  {
    what: 'the driver, whether a bucket of files is empty: reads one row at most',
    is: ({ ns, command }) => ns.endsWith('.file_bytes.files') && command['limit'] === 1,
  },
  {
    what: 'rooms left behind: sorts the groups of at most 5,000 rows, which an index gave in order',
    is: ({ ns, command, planSummary }) =>
      ns.endsWith('.outbox') && planSummary === 'IXSCAN { at: 1 }' && '$group' in stageAt(command, 3),
  },
];

const stageAt = (command: Document, n: number): Document => command['pipeline']?.[n] ?? {};

/** Has the server write down every operation on the database; tells those of programs of that name. */
export async function watchQueryPlans(db: Db, appName: string): Promise<QueryPlans> {
  await db.createCollection('system.profile', { capped: true, size: profileBytes }).catch(unlessThere);
  await db.command({ profile: 2 });
  const profile = db.collection<ProfiledOperation>('system.profile');
  const own = { appName, ns: { $ne: `${db.databaseName}.system.profile` } };
  let told = 0;
  return {
    async operations() {
      const all = await profile.find(own).sort({ $natural: 1 }).toArray();
      const fresh = all.slice(told);
      told = all.length;
      return fresh;
    },
    async scansAndSorts() {
      const bad = await profile.find({ ...own, $or: [{ planSummary: /COLLSCAN/ }, { hasSortStage: true }] }).toArray();
      return bad.filter((operation) => !allowed.some(({ is }) => is(operation))).map(wordsOf);
    },
  };
}

function unlessThere(error: unknown): void {
  if (!(error instanceof MongoServerError && error.codeName === 'NamespaceExists')) throw error;
}

function wordsOf({ op, ns, command, planSummary, hasSortStage, docsExamined, nreturned }: ProfiledOperation) {
  const { lsid: _, $clusterTime: __, $db: ___, readConcern: ____, maxTimeMS: _____, ...asked } = command;
  const plan = `${planSummary}${hasSortStage === true ? ' and a sort' : ''}`;
  return `${op} on ${ns}: ${plan}, ${docsExamined} documents for ${nreturned}: ${JSON.stringify(asked).slice(0, 400)}`;
}
