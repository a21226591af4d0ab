import type { ClientSession, Db } from 'mongodb';
import { type ActId, type ActRow, newId } from '../schema/index.ts';
import { fromStore, maxTimeMS } from './mongo-call.ts';

/** What an operator does at a machine, by a command that needs no account. */
export interface OperatorAct {
  readonly command: string;
  readonly target: string;
  readonly at: Date;
  readonly machine: string;
  readonly keptMs: number;
}

const rowOf = ({ command, target, at, machine, keptMs }: OperatorAct): ActRow => ({
  ...{ _id: newId<ActId>(at.getTime()), by: 'operator', cmd: command, on: [target], from: machine },
  ...{ at, until: new Date(at.getTime() + keptMs) },
});

/** In the transaction that does it: what is noted is done. */
export async function noteDone(db: Db, session: ClientSession, act: OperatorAct): Promise<void> {
  await db.collection<ActRow>('audit').insertOne({ ...rowOf(act), end: 'done' }, { session });
}

/** Before it is done; resolves with what notes how it ended. */
export async function noteBegun(db: Db, act: OperatorAct): Promise<(outcome: string) => Promise<void>> {
  const acts = db.collection<ActRow>('audit');
  const row = rowOf(act);
  await fromStore('noting an act', acts.insertOne(row));
  return async (outcome) => {
    const ending = acts.updateOne({ _id: row._id }, { $set: { end: outcome } }, { maxTimeMS });
    await fromStore('noting how an act ended', ending);
  };
}
