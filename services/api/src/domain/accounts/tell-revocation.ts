import type { Revocation } from '@gapless/shared/schema';

/** Tells every edge soon; resolves when that is done or would take too long to wait for. The change itself stands already. */
export type TellRevocation = (revocation: Revocation) => Promise<void>;
