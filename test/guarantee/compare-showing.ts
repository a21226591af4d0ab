import type { EventContent, Harm, LoggedEvent, Showing, ShownEvent } from './evidence.ts';
import { deletions } from './fold.ts';

/** An edge reads at least so many events in one stretch: it knows of a deletion that lies in the same one. */
const stretch = 50;
/** A deletion this much older than the question must be known to whoever answers it. */
const knownAfterMs = 1_000;

interface Truth {
  readonly log: readonly LoggedEvent[];
  readonly bySeq: ReadonlyMap<number, LoggedEvent>;
  /** Deletion of each message, and when it was acknowledged, if it was. */
  readonly deleted: ReadonlyMap<number, { readonly s: number; readonly acknowledgedAt: number | undefined }>;
}

export function truthOf(log: readonly LoggedEvent[], acknowledgedAt: (s: number) => number | undefined): Truth {
  const deleted = [...deletions(log)].map(([m, s]) => [m, { s, acknowledgedAt: acknowledgedAt(s) }] as const);
  return { log, bySeq: new Map(log.map((event) => [event.s, event])), deleted: new Map(deleted) };
}

/** One client's view of one room against the log: every event above its start, once, in order, each naming the one before. */
export function compareShowing(truth: Truth, showing: Showing): Harm[] {
  const harms: Harm[] = [];
  const { client, room, start } = showing;
  const say = (kind: Harm['kind'], what: string) => harms.push({ kind, what: `room ${room}, ${client}: ${what}` });
  const came = new Set<number>();
  const lagging: { from: number; to: number; paged: readonly number[] }[] = [];
  let last = 0;
  let cursor = start;

  const takeEvent = (shown: ShownEvent): void => {
    const { s, p, content } = shown;
    const event = truth.bySeq.get(s);
    if (event === undefined) return void say('invented', `${s} was shown and is not in the log (${content.c ?? ''})`);
    if (came.has(s) && shown.replay?.standing) return;
    if (came.has(s)) return void say('doubled', `${s} came again (${event.c ?? event.t})`);
    came.add(s);
    if (s <= cursor) say('reordered', `${s} came behind ${cursor} (${event.c ?? event.t})`);
    else if (p > cursor || p < last)
      say('broken chain', `${s} names ${p}, but ${last} came before it, cursor ${cursor}`);
    const difference = differs(truth, event, content);
    if (difference !== undefined) say('altered', `${s} (${event.c ?? event.t}): ${difference}`);
    if (isShownAgain(truth, shown)) say('shown again', `the text of ${s}, deleted by ${deletionOf(truth, event)?.s}`);
    last = Math.max(last, s);
    cursor = Math.max(cursor, s);
  };

  for (const shown of showing.entries) {
    if (shown.kind === 'event') takeEvent(shown);
    else if (shown.kind === 'lag') {
      lagging.push(shown);
      cursor = Math.max(cursor, shown.to);
    } else if (shown.s < cursor) say('broken chain', `live at ${shown.s}, but the cursor was ${cursor}`);
    else cursor = shown.s;
  }
  for (const { s, t, c } of truth.log) {
    if (s <= start || came.has(s)) continue;
    const lag = lagging.find(({ from, to }) => s >= from && s <= to);
    if (lag === undefined) say('lost', `${s} never came (${c ?? t})`);
    else if (t === 'msg' && !lag.paged.includes(s))
      say('lost', `${s} was not on the pages for ${lag.from} to ${lag.to}`);
  }
  return harms;
}

const deletionOf = ({ deleted }: Truth, { t, s, m }: LoggedEvent) => deleted.get(t === 'edit' ? (m ?? 0) : s);

function differs(truth: Truth, event: LoggedEvent, shown: EventContent): string | undefined {
  if (shown.masked) return deletionOf(truth, event) === undefined ? 'masked, but it is not deleted' : undefined;
  for (const key of ['t', 'u', 'c', 'm', 'text', 'e', 'on'] as const) {
    if (event[key] !== shown[key]) return `${key} is ${JSON.stringify(shown[key])}, not ${JSON.stringify(event[key])}`;
  }
  return undefined;
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
