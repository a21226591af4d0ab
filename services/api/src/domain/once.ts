import { createHash } from 'node:crypto';
import type { CommandName } from '@gapless/shared/commands';
import { Failure } from '@gapless/shared/errors';
import type { ClientId, UserId } from '@gapless/shared/schema';

/** How long a client id of something made is remembered. */
export const makingLifeMs = 24 * 3_600_000;

/** A request to make something, under an id of the client's. */
export interface Making {
  readonly user: UserId;
  readonly command: CommandName;
  readonly clientId: ClientId;
  /** What is asked for: the same id cannot ask for anything else. */
  readonly asked: Readonly<Record<string, unknown>>;
}

/** Stands for what was asked; it cannot be read back. */
export interface Made {
  readonly id: string;
  readonly asked: string;
}

/** What was made, noted by the transaction that makes it: there are both, or neither. */
export interface Makings {
  find(making: Making): Promise<Made | undefined>;
  add(making: Making, made: Made & { readonly until: Date }): Promise<void>;
}

/**
 * Makes it once for one client id, however often and however many at a time ask, and whatever dies in between: who comes
 * later, or loses the race and starts over, gets the id of what was made. Call it first of all in a transaction, since what
 * was made is answered whatever has happened since. Without a client id each request makes something of its own.
 */
export async function once<T extends { readonly id: string }>(
  makings: Makings,
  making: Making | undefined,
  at: number,
  make: () => Promise<T>,
): Promise<{ readonly id: T['id'] } & Partial<T>> {
  if (making === undefined) return make();
  const asked = createHash('sha256').update(canonical(making.asked)).digest('base64url');
  const first = await makings.find(making);
  if (first !== undefined && first.asked !== asked) throw new Failure('id_reused');
  if (first !== undefined) return { id: first.id } as { readonly id: T['id'] } & Partial<T>;
  const made = await make();
  await makings.add(making, { id: made.id, asked, until: new Date(at + makingLifeMs) });
  return made;
}

/** The same text for the same values, in whatever order they are named; what is absent is not named. */
const canonical = (value: unknown): string => JSON.stringify(value, inOrder);

const inOrder = (_: string, value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
