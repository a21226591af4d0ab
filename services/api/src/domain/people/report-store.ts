import type { ReportId, ReportReason, ReportState, RoomId, UserId } from '@gapless/shared/schema';

/** That a member found something wrong with a message. Nothing of the message itself: who may judge it reads it in history. */
export interface Report {
  /** Rises with time. */
  readonly id: ReportId;
  readonly room: RoomId;
  readonly message: number;
  readonly author: UserId;
  readonly by: UserId;
  readonly reason: ReportReason;
  readonly text?: string;
  readonly at: Date;
  readonly resolved?: Resolution;
}

export interface Resolution {
  readonly by: UserId;
  readonly at: Date;
  readonly text?: string;
}

export interface ReportPage {
  readonly state: ReportState;
  readonly below?: ReportId | undefined;
  readonly limit: number;
}

export interface ReportStore {
  /** What the same member had reported of the same message before stays as it was, and is answered. */
  add(report: Report): Promise<Report>;
  /** `undefined`: no such report in that room. */
  find(room: RoomId, id: ReportId): Promise<Report | undefined>;
  /** The first resolution stands. `undefined`: no such report in that room. */
  resolve(room: RoomId, id: ReportId, resolution: Resolution): Promise<Report | undefined>;
  /** Of a room, the newest first; only those before `below`. */
  list(room: RoomId, page: ReportPage): Promise<Report[]>;
  /** The same of all rooms. */
  all(page: ReportPage): Promise<Report[]>;
}
