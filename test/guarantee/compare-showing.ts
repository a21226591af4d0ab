import type { EventContent, Harm, LoggedEvent, RoomEvidence, Showing, ShownEvent } from './evidence.ts';
import { deletions } from './fold.ts';
import { isWithin, type Stay, staysOf } from './stays.ts';

/** An edge reads at least so many events in one stretch: it knows of a deletion that lies in the same one. */
const stretch = 50;
/** A deletion this much older than the question must be known to whoever answers it. */
const knownAfterMs = 1_000;

interface Truth {
  readonly log: readonly LoggedEvent[];
  readonly sees: RoomEvidence['sees'];
  readonly bySeq: ReadonlyMap<number, LoggedEvent>;
  /** Deletion of each message, and when it was acknowledged, if it was. */
  readonly deleted: ReadonlyMap<number, { readonly s: number; readonly acknowledgedAt: number | undefined }>;
}

export function truthOf(
  log: readonly LoggedEvent[],
  sees: RoomEvidence['sees'],
  acknowledgedAt: (s: number) => number | undefined,
): Truth {
  const deleted = [...deletions(log)].map(([m, s]) => [m, { s, acknowledgedAt: acknowledgedAt(s) }] as const);
  return { log, sees, bySeq: new Map(log.map((event) => [event.s, event])), deleted: new Map(deleted) };
}

/**
 * One client's view of one room against the log: every event above its start that is for its user, once, in order, each
 * naming the one before, and no other.
 */
export function compareShowing(truth: Truth, showing: Showing): Harm[] {
  const harms: Harm[] = [];
  const { client, user, room, start } = showing;
  const stays = staysOf(truth.log, user);
  const say = (kind: Harm['kind'], what: string) => harms.push({ kind, what: `room ${room}, ${client}: ${what}` });
  const came = new Set<number>();
  const lagging: { from: number; to: number; paged: readonly number[] }[] = [];
  let last = 0;
  let cursor = start;
  let highest = start;
  /** Where it asked to begin again: so it does with the event that names it … */
  let rewound: number | undefined;
  /** … or behind a range that begins there, if that is not of the replay before, which is still under way. */
  let behindRange: number | undefined;

  const takeEvent = (shown: ShownEvent): void => {
    const { s, p, content } = shown;
    const event = truth.bySeq.get(s);
    if (event === undefined) return void say('invented', `${s} was shown and is not in the log (${content.c ?? ''})`);
    if (p === rewound) [cursor, last, rewound, behindRange] = [p, Math.min(last, p), undefined, undefined];
    if (p === behindRange) [cursor, last, behindRange] = [p, Math.min(last, p), undefined];
    if (came.has(s) && shown.replay?.standing) {
      [cursor, last] = [Math.max(cursor, s), Math.max(last, s)];
      return;
    }
    if (!isTheirs(truth, stays, shown)) say('leaked', `${s} was stored while its user was out (${event.c ?? event.t})`);
    if (came.has(s)) return void say('doubled', `${s} came again (${event.c ?? event.t})`);
    came.add(s);
    if (s <= cursor) say('reordered', `${s} came behind ${cursor} (${event.c ?? event.t})`);
    else if (p > cursor || p < last)
      say('broken chain', `${s} names ${p}, but ${last} came before it, cursor ${cursor}`);
    const difference = differs(truth, event, content);
    if (difference !== undefined) say('altered', `${s} (${event.c ?? event.t}): ${difference}`);
    if (isShownAgain(truth, shown)) say('shown again', `the text of ${s}, ${knownFor(truth, shown)}`);
    last = Math.max(last, s);
    cursor = Math.max(cursor, s);
    highest = Math.max(highest, cursor);
  };

  for (const shown of showing.entries) {
    if (shown.kind === 'event') takeEvent(shown);
    else if (shown.kind === 'asked') {
      if (shown.standing) [rewound, behindRange] = [shown.since, undefined];
      else [cursor, rewound, behindRange] = [highest, undefined, undefined];
    } else if (shown.kind === 'lag') {
      lagging.push(shown);
      if (shown.from - 1 === rewound) behindRange = shown.to;
      cursor = Math.max(cursor, shown.to);
    } else if (shown.s < highest) say('broken chain', `live at ${shown.s}, but the cursor was ${highest}`);
    else [cursor, rewound, behindRange] = [shown.s, undefined, undefined];
    highest = Math.max(highest, cursor);
  }
  for (const { from, to, paged } of lagging) {
    for (const s of paged.filter((one) => !mayPage(truth, stays, one))) {
      say('leaked', `${s}, stored while its user was out, is on the pages for ${from} to ${to}`);
    }
  }
  const theirs = truth.log.filter(({ s }) => s > start && mayPage(truth, stays, s));
  for (const { s, t, c } of theirs) {
    const lag = lagging.find(({ from, to }) => s >= from && s <= to);
    if (t === 'msg' && lag !== undefined && !lag.paged.includes(s)) {
      say('lost', `${s} was not on the pages for ${lag.from} to ${lag.to}`);
    }
    if (!came.has(s)) say('lost', `${s} never came (${c ?? t})`);
  }
  return harms;
}

const mayPage = ({ sees }: Truth, stays: readonly Stay[], s: number): boolean => sees === 'all' || isWithin(stays, s);

/** Where all is seen, who is back gets what was stored while he was out, be it late from an edge that is behind. */
const isTheirs = ({ sees }: Truth, stays: readonly Stay[], { s, at }: ShownEvent): boolean =>
  isWithin(stays, s) || (sees === 'all' && stays.some(({ from, began }) => from > s && began <= at));

const deletionOf = ({ deleted }: Truth, { t, s, m }: LoggedEvent) => deleted.get(t === 'edit' ? (m ?? 0) : s);

function differs(truth: Truth, event: LoggedEvent, shown: EventContent): string | undefined {
  if (shown.masked) return deletionOf(truth, event) === undefined ? 'masked, but it is not deleted' : undefined;
  for (const key of ['t', 'u', 'c', 'm', 'text', 'e', 'on', 're', 'dupOf', 'op', 'us', 'role', 'heir'] as const) {
    const [due, now] = [JSON.stringify(event[key]), JSON.stringify(shown[key])];
    if (due !== now) return `${key} is ${now}, not ${due}`;
  }
  return undefined;
}

function knownFor(truth: Truth, { s, replay }: ShownEvent): string {
  const deletion = deletionOf(truth, truth.bySeq.get(s) as LoggedEvent);
  const ms = (replay?.askedAt ?? 0) - (deletion?.acknowledgedAt ?? 0);
  return `deleted by ${deletion?.s} ${ms} ms before it was asked for, behind ${replay?.before} others`;
}

/** A replay that was asked for when the deletion was known must not tell what was deleted. */
function isShownAgain(truth: Truth, { s, content, replay }: ShownEvent): boolean {
  const event = truth.bySeq.get(s) as LoggedEvent;
  if (replay === undefined || content.masked || (event.t !== 'msg' && event.t !== 'edit')) return false;
  const deletion = deletionOf(truth, event);
  if (deletion?.acknowledgedAt === undefined || deletion.acknowledgedAt + knownAfterMs > replay.askedAt) return false;
  const between = truth.log.filter((other) => other.s > s && other.s <= deletion.s).length;
  return replay.before + between < stretch;
}
