import type { Deed, EventContent, Harm, LoggedEvent } from './evidence.ts';

/** What clients asked for against the log: acknowledged is there under its number, whatever was asked for at most once. */
export function compareDeeds(log: readonly LoggedEvent[], deeds: readonly Deed[]): Harm[] {
  const stored = byKey(log);
  const threads = new Map(log.map(({ s, re }) => [s, re]));
  const asked = new Set(deeds.map(({ content }) => keyOf(content)));
  return [
    ...deeds.flatMap((deed) => compareDeed(stored.get(keyOf(deed.content)) ?? [], deed, threads)),
    ...[...stored].flatMap(([key, [event]]) =>
      asked.has(key) || event === undefined ? [] : [harm('invented', event, `nobody asked for ${key}`)],
    ),
    ...repeatedOps(log),
    ...orderOfSockets(deeds),
    ...orderInTime(deeds),
  ];
}

const keyOf = ({ t, u, c }: EventContent): string => `${t} ${u} ${c}`;

function byKey(log: readonly LoggedEvent[]): Map<string, LoggedEvent[]> {
  const stored = new Map<string, LoggedEvent[]>();
  for (const event of log) {
    if (event.c === undefined) continue;
    const same = stored.get(keyOf(event));
    if (same === undefined) stored.set(keyOf(event), [event]);
    else same.push(event);
  }
  return stored;
}

function compareDeed(
  stored: readonly LoggedEvent[],
  deed: Deed,
  threads: ReadonlyMap<number, number | undefined>,
): Harm[] {
  const { room, client, kind, content, acks, refused, uncertain } = deed;
  const harms: Harm[] = [];
  const say = (what: Harm['kind'], text: string) =>
    harms.push({ kind: what, what: `room ${room}, ${client}: ${kind} ${content.c} ${text}` });
  const numbers = stored.map(({ s }) => s);
  for (const again of numbers.slice(1)) say('doubled', `is in the log as ${numbers[0]} and as ${again}`);
  for (const s of new Set(acks.map((ack) => ack.s))) {
    if (!numbers.includes(s))
      say('lost', `was acknowledged as ${s}; the log has it as ${numbers.join(', ') || 'nothing'}`);
    else if (s !== acks[0]?.s) say('doubled', `was acknowledged as ${acks[0]?.s} and as ${s}`);
  }
  for (const event of stored) {
    const wrong = (['m', 'text', 'e', 'on'] as const).find((key) => event[key] !== content[key]);
    // An answer to an answer belongs to the thread of that.
    const thread = content.re === undefined ? undefined : (threads.get(content.re) ?? content.re);
    if (event.re !== thread && event.re !== content.re) say('altered', `is in the log as ${event.s} in another thread`);
    if (wrong !== undefined) say('altered', `is in the log as ${event.s} with another ${wrong}`);
  }
  if (acks.length > 0 && refused === 'conflict') say('altered', 'was acknowledged, and its repetition contradicts it');
  if (acks.length > 0) return harms;
  if (refused === undefined) say('unsettled', `was never answered, in ${deed.attempts} attempts`);
  else if (!uncertain && stored.length > 0) say('invented', `was refused (${refused}) and is in the log as ${numbers}`);
  return harms;
}

function repeatedOps(log: readonly LoggedEvent[]): Harm[] {
  const seen = new Set<string>();
  return log.flatMap((event) => {
    if (event.opId === undefined) return [];
    if (seen.has(event.opId)) return [harm('doubled', event, `op ${event.opId} was carried out again`)];
    seen.add(event.opId);
    return [];
  });
}

/** What one socket sent into a room is stored in the order in which it was sent; a repetition is its client's own order. */
function orderOfSockets(deeds: readonly Deed[]): Harm[] {
  const sent = deeds
    .filter(({ kind, attempts, acks }) => kind === 'msg' && attempts === 1 && acks.length === 1)
    .sort((a, b) => a.place - b.place);
  const newest = new Map<string, number>();
  return sent.flatMap(({ socket, room, client, content, acks }) => {
    const s = acks[0]?.s ?? 0;
    const before = newest.get(`${socket} ${room}`) ?? 0;
    newest.set(`${socket} ${room}`, Math.max(before, s));
    if (s > before) return [];
    return [
      { kind: 'reordered', what: `room ${room}, ${client}: ${content.c} is ${s}, sent after ${before}` } as const,
    ];
  });
}

/** What is asked for after something else was acknowledged gets a higher number: numbers never go back. */
function orderInTime(deeds: readonly Deed[]): Harm[] {
  const answered = deeds.flatMap((deed) => deed.acks.slice(0, 1).map((ack) => ({ deed, ...ack })));
  const acknowledged = answered.toSorted((a, b) => a.at - b.at);
  const begun = answered.toSorted((a, b) => a.deed.firstAskedAt - b.deed.firstAskedAt);
  const known = new Set<number>();
  let highest = 0;
  let next = 0;
  return begun.flatMap(({ deed: { firstAskedAt, room, client, content }, s }) => {
    for (let ack = acknowledged[next]; ack !== undefined && ack.at < firstAskedAt; ack = acknowledged[++next]) {
      highest = Math.max(highest, ack.s);
    }
    // Two devices may have asked for the same.
    const isNew = !known.has(s);
    known.add(s);
    if (s > highest || !isNew) return [];
    const what = `room ${room}, ${client}: ${content.c} is ${s}, asked for after ${highest} was acknowledged`;
    return [{ kind: 'reordered', what } as const];
  });
}

const harm = (kind: Harm['kind'], { room, s }: LoggedEvent, text: string): Harm => ({
  kind,
  what: `room ${room}, ${s}: ${text}`,
});
