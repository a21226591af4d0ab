import type { ActId, UserId } from './ids.ts';

/** One act of the audit log, as the store keeps it: the api's of admins and keys, a command's of an operator. */
export interface ActRow {
  readonly _id: ActId;
  readonly by: string;
  readonly as?: UserId;
  readonly cmd: string;
  readonly on: readonly string[];
  readonly from: string;
  readonly at: Date;
  readonly until: Date;
  readonly end?: string;
}
