import type { Teardown } from '@gapless/shared/testing';
import type { Stack } from '../stack.ts';

export interface PeerShape {
  readonly accounts: number;
  readonly rooms: number;
}

/** Brings up all that belongs to it, on ports of its own; gone with `ends`. Throws `NotInstalled` where it cannot be. */
export type StartPeer = (ends: Teardown, shape: PeerShape) => Promise<Stack>;
