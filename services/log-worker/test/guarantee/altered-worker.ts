/** A log worker as a process whose clock can be set wrong, and which can be without its fence. */
import { runService } from '@gapless/shared/runtime';
import { alterationsOf, alterationsVariable, alteredClock } from '@gapless/shared/testing';
import type { Collection, Db, Filter } from 'mongodb';
import { openMongoStore, type Store } from '../../src/mongo-store.ts';
import { createWorker } from '../../src/worker.ts';

const dir = process.env[alterationsVariable] as string;

await runService('log-worker', (context) => {
  const { config } = context;
  const { without } = alterationsOf(dir, config.adminPort);
  if (without !== undefined && without !== 'fencing') throw new Error(`a log worker cannot be without ${without}`);
  const store = openMongoStore(config);
  const clock = alteredClock(dir, config.adminPort);
  return createWorker(context, { store: without === undefined ? store : unfenced(store), clock });
});

/** Whoever once held a stream's lease may go on as if he still did. */
function unfenced(store: Store): Store {
  const collection: Db['collection'] = (name: string, ...rest: never[]) => {
    const real = store.db.collection(name, ...rest);
    return name === 'watermarks' ? (withoutCondition(real as never) as never) : (real as never);
  };
  const db = new Proxy(store.db, { get: (target, key) => (key === 'collection' ? collection : bound(target, key)) });
  return { ...store, db };
}

interface Watermark {
  readonly _id: string;
}

function withoutCondition(rows: Collection<Watermark>): Collection<Watermark> {
  const updateOne: Collection<Watermark>['updateOne'] = ({ _id }: Filter<Watermark>, ...rest) =>
    rows.updateOne({ _id } as Filter<Watermark>, ...rest);
  return new Proxy(rows, { get: (target, key) => (key === 'updateOne' ? updateOne : bound(target, key)) });
}

function bound<T extends object>(target: T, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key);
  return typeof value === 'function' ? value.bind(target) : value;
}
