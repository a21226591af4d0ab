import type { Revocations } from '../bus/index.ts';
import type { Revocation } from '../schema/index.ts';

/** Every revocation that still counts: written with the change that it belongs to, and told to the edges after it. */
export interface RevocationRecord {
  /** Those of which nobody has noted yet that they were told. */
  untold(limit: number): Promise<Revocation[]>;
  noteTold(revocation: Revocation): Promise<void>;
  /** All, in pages by their ids: the first without `after`, an empty one ends it. */
  page(after?: string): Promise<Revocation[]>;
}

/** Tells the edges, then notes it. Whoever dies in between has told it; whoever comes next tells it again. */
export async function tellRevocation(
  deps: { revocations: Pick<Revocations, 'publish'>; record: Pick<RevocationRecord, 'noteTold'> },
  revocation: Revocation,
): Promise<void> {
  await deps.revocations.publish(revocation);
  await deps.record.noteTold(revocation);
}
