import type { Db } from 'mongodb';

interface Stage {
  readonly stage?: string;
  readonly indexName?: string;
}

/** What the server did for one operation. */
export interface Explained {
  readonly collection: string;
  readonly op: string;
  readonly stages: readonly string[];
  readonly indexes: readonly string[];
  readonly docsExamined: number;
  readonly keysExamined: number;
  readonly returned: number;
}

interface ProfileRow {
  readonly ns: string;
  readonly op: string;
  readonly execStats?: object;
  readonly docsExamined?: number;
  readonly keysExamined?: number;
  readonly nreturned?: number;
}

/** Grow with the collection, however much a query asks for. */
const forbidden = new Set(['COLLSCAN', 'SORT']);

/**
 * What the server does for whatever `work` asks of that database, by its own profile: the real queries, not copies of them.
 * Rejects where one scans a collection or sorts in memory. Nobody else may use the database meanwhile.
 */
export async function explain(db: Db, work: () => Promise<unknown>): Promise<Explained[]> {
  await db.setProfilingLevel('off');
  await db.collection('system.profile').drop();
  await db.setProfilingLevel('all');
  try {
    await work();
  } finally {
    await db.setProfilingLevel('off');
  }
  const rows = await db
    .collection<ProfileRow>('system.profile')
    .find({ execStats: { $exists: true } })
    .toArray();
  const explained = rows.filter(({ ns }) => !ns.endsWith('.system.profile')).map(toExplained);
  const bad = explained.find(({ stages }) => stages.some((stage) => forbidden.has(stage)));
  if (bad !== undefined) throw new Error(`${bad.op} of ${bad.collection} goes by ${bad.stages.join(', ')}`);
  if (explained.length === 0) throw new Error('nothing was asked of the database');
  return explained;
}

function toExplained({ ns, op, execStats, docsExamined = 0, keysExamined = 0, nreturned = 0 }: ProfileRow): Explained {
  const found = [...stagesOf(execStats)];
  return {
    collection: ns.slice(ns.indexOf('.') + 1),
    op,
    stages: found.flatMap(({ stage }) => (stage === undefined ? [] : [stage])),
    indexes: found.flatMap(({ indexName }) => (indexName === undefined ? [] : [indexName])),
    docsExamined,
    keysExamined,
    returned: nreturned,
  };
}

/** Wherever the server puts them: under `inputStage`, `inputStages`, `shards` or a stage of an aggregation. */
function* stagesOf(value: unknown): Generator<Stage> {
  if (typeof value !== 'object' || value === null) return;
  if ('stage' in value) yield value as Stage;
  for (const inner of Object.values(value)) yield* stagesOf(inner);
}
