import { compareDeeds } from './compare-deeds.ts';
import { compareShowing, truthOf } from './compare-showing.ts';
import { compareHistory, compareRows } from './compare-store.ts';
import type { Harm, RoomEvidence } from './evidence.ts';

/**
 * The promises over one room: acknowledged = in the log = in MongoDB = shown to every member = history, once, in one order,
 * in an unbroken chain, and what was deleted is told no more. The log is the measure: nothing is asked of an edge.
 */
export function compareRoom(evidence: RoomEvidence): Harm[] {
  const { log, deeds, showings } = evidence;
  const acknowledged = new Map(
    deeds.filter(({ kind }) => kind === 'del').flatMap(({ acks }) => acks.slice(0, 1).map(({ s, at }) => [s, at])),
  );
  const truth = truthOf(log, (s) => acknowledged.get(s));
  return [
    ...compareDeeds(log, deeds),
    ...compareRows(evidence),
    ...compareHistory(evidence),
    ...showings.flatMap((showing) => compareShowing(truth, showing)),
  ];
}
