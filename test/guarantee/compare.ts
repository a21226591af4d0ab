import { compareDeeds } from './compare-deeds.ts';
import { compareShowing, truthOf } from './compare-showing.ts';
import { compareState } from './compare-state.ts';
import { compareHistory, compareRows } from './compare-store.ts';
import type { Harm, RoomEvidence } from './evidence.ts';

/**
 * The promises over one room: acknowledged = in the log = in MongoDB = shown to every member = history, once, in one order,
 * in an unbroken chain; folded, all of them come to the same; what was deleted, or is not theirs, is told to nobody. The log is the measure: nothing is asked of an edge.
 */
export function compareRoom(evidence: RoomEvidence): Harm[] {
  const { log, sees, deeds, showings, readings } = evidence;
  const acknowledged = new Map(
    deeds.filter(({ kind }) => kind === 'del').flatMap(({ acks }) => acks.slice(0, 1).map(({ s, at }) => [s, at])),
  );
  const truth = truthOf(log, sees, (s) => acknowledged.get(s));
  return [
    ...compareDeeds(log, deeds),
    ...compareRows(evidence),
    ...readings.flatMap((reading) => compareHistory(evidence, reading)),
    ...compareState(evidence),
    ...showings.flatMap((showing) => compareShowing(truth, showing)),
  ];
}
