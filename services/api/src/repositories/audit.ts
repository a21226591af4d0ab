import { decisive, fromStore, maxTimeMS } from '@gapless/shared/outbox';
import { type ActId, type ActRow, idTime } from '@gapless/shared/schema';
import type { Db, Filter } from 'mongodb';
import type { Act, ActPage, AuditStore } from '../domain/admin/audit-store.ts';

export const auditIndexes = [
  { key: { by: 1, _id: -1 }, name: 'by' },
  { key: { on: 1, _id: -1 }, name: 'on' },
  { key: { cmd: 1, _id: -1 }, name: 'command' },
  { key: { until: 1 }, name: 'until', expireAfterSeconds: 0 },
] as const;

const fromAct = ({ id, actor, as, command, targets, address, at, until, outcome }: Act): ActRow => ({
  ...{ _id: id, by: actor, cmd: command, on: targets, from: address, at, until },
  ...(as === undefined ? {} : { as }),
  ...(outcome === undefined ? {} : { end: outcome }),
});

const toAct = ({ _id, by, as, cmd, on, from, at, until, end }: ActRow): Act => ({
  ...{ id: _id, actor: by, command: cmd, targets: on, address: from, at, until },
  ...(as === undefined ? {} : { as }),
  ...(end === undefined ? {} : { outcome: end }),
});

/** Ids begin with the moment of the act: a moment is a place among them, below those that are of it. */
const placeOf = (moment: Date): ActId => idTime(Math.max(0, moment.getTime())) as ActId;

function filterOf({ actor, target, command, since, until, below }: ActPage): Filter<ActRow> {
  const bounds: Filter<ActRow>[] = [
    ...(below === undefined ? [] : [{ _id: { $lt: below } }]),
    ...(since === undefined ? [] : [{ _id: { $gte: placeOf(since) } }]),
    ...(until === undefined ? [] : [{ _id: { $lt: placeOf(until) } }]),
  ];
  return {
    ...(actor === undefined ? {} : { by: actor }),
    ...(target === undefined ? {} : { on: target }),
    ...(command === undefined ? {} : { cmd: command }),
    ...(bounds.length === 0 ? {} : { $and: bounds }),
  };
}

export function createAuditStore(db: Db): AuditStore {
  const acts = db.collection<ActRow>('audit', decisive);
  return {
    async begin(act) {
      await fromStore('noting an act', acts.insertOne(fromAct(act)));
    },
    async end(id, outcome, made) {
      const change = { $set: { end: outcome }, ...(made === undefined ? {} : { $addToSet: { on: made } }) };
      const ending = acts.updateOne({ _id: id, end: { $exists: false } }, change, { maxTimeMS });
      await fromStore('noting how an act ended', ending);
    },
    async list(page) {
      const found = acts.find(filterOf(page), { maxTimeMS }).sort({ _id: -1 }).limit(page.limit).toArray();
      return (await fromStore('reading acts', found)).map(toAct);
    },
  };
}
