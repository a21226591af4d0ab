import type { ServerFrameOf } from '../protocol/index.ts';

/** Who I am on this connection, and what the installation allows. */
export interface Session {
  readonly id: string;
  readonly user: string;
  readonly limits: Readonly<ServerFrameOf<'hi'>['lim']>;
}

export const toSession = ({ sid, u, lim }: ServerFrameOf<'hi'>): Session => ({ id: sid, user: u, limits: lim });
