import type { DeadLetterOffice, KeptLetter } from './dead-letters.ts';
import type { WriteEvents } from './event-writer.ts';
import { type Unwritable, unwritable } from './row.ts';

export interface OfficeDeps {
  readonly office: DeadLetterOffice;
  /** Writes as the log worker does; what it sets aside is kept here. */
  readonly write: WriteEvents;
  /** Notes in the audit log that it is tried again; resolves with what notes how that ended. */
  readonly noted: (letter: string) => Promise<(outcome: string) => Promise<void>>;
  readonly say: (line: string) => void;
}

const usage = 'usage: npm run dead-letters -- list | requeue <id> | requeue --all';
const pageSize = 100;
const exitCodes = { done: 0, stillDead: 1, misused: 64 } as const;

/** Carries out one command of an operator and answers with the exit code. Says nothing of what people wrote. */
export async function runOffice(args: readonly string[], deps: OfficeDeps): Promise<number> {
  const [command, which, ...rest] = args;
  if (command === 'list' && which === undefined) return list(deps);
  if (command === 'requeue' && which === '--all' && rest.length === 0) return requeueAll(deps);
  if (command === 'requeue' && which !== undefined && rest.length === 0) return requeueOne(deps, which);
  deps.say(usage);
  return exitCodes.misused;
}

async function list({ office, say }: OfficeDeps): Promise<number> {
  let count = 0;
  for await (const { id, event, reason, size, at, tries } of waiting(office)) {
    count++;
    const words = reason in unwritable ? unwritable[reason as Unwritable] : reason;
    say(`${id}  room ${event.room}  ${at.toISOString()}  ${size} B  ${reason}: ${words}  tried again ${tries} times`);
  }
  say(count === 0 ? 'no dead letters' : `${count} dead letters`);
  return exitCodes.done;
}

async function requeueOne(deps: OfficeDeps, id: string): Promise<number> {
  const letter = await deps.office.find(id);
  if (letter !== undefined) return (await requeueAloud(deps, letter)) ? exitCodes.done : exitCodes.stillDead;
  deps.say(`${id}: no dead letter of that name waits`);
  return exitCodes.stillDead;
}

/** In the order of the log: a message before the edits that were set aside for want of it. */
async function requeueAll(deps: OfficeDeps): Promise<number> {
  const tally = { written: 0, left: 0 };
  for await (const letter of waiting(deps.office)) tally[(await requeueAloud(deps, letter)) ? 'written' : 'left']++;
  deps.say(`${tally.written} written, ${tally.left} left`);
  return tally.left === 0 ? exitCodes.done : exitCodes.stillDead;
}

async function requeueAloud(deps: OfficeDeps, letter: KeptLetter): Promise<boolean> {
  const ended = await deps.noted(letter.id);
  const reason = await requeue(deps, letter);
  await ended(reason ?? 'done');
  deps.say(`${letter.id}: ${reason === undefined ? 'written' : `not written: ${unwritable[reason]}`}`);
  return reason === undefined;
}

/** Why it is not written, if it is not. Dying in between does no harm: writing twice is writing once. */
export async function requeue(
  { office, write }: Pick<OfficeDeps, 'office' | 'write'>,
  { id, stream, event }: KeptLetter,
): Promise<Unwritable | undefined> {
  const { letters } = await write(stream, [event], { patient: false });
  const [still] = letters;
  if (still === undefined) await office.settled(id);
  else await office.refused(id, still.reason);
  return still?.reason;
}

async function* waiting(office: DeadLetterOffice): AsyncGenerator<KeptLetter> {
  let page = await office.page(undefined, pageSize);
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    yield* page;
    page = await office.page(last.id, pageSize);
  }
}
