import type { NoticeId, RoomId, UserId } from './ids.ts';

/** A notice on its way, as the store keeps it: the api adds it, a log worker tells it. */
export interface NoticeRow {
  readonly _id: NoticeId;
  readonly text: string;
  /** As the audit log names him, and as the event does. */
  readonly by: string;
  readonly u: UserId;
  readonly at: Date;
  /** Only these, by rising id; bounded by the command. */
  readonly us?: readonly UserId[];
  /** Only its members. */
  readonly r?: RoomId;
  /** Whoever is up to here was told. */
  readonly upTo: UserId | '';
  readonly told: number;
  /** Absent when everybody was. */
  readonly waits?: true;
  /** Whoever tells it has it until then, by the store's clock. */
  readonly lease?: Date;
}

export const noticeIndexes = [
  { key: { waits: 1, _id: 1 }, name: 'waiting', partialFilterExpression: { waits: true } },
] as const;
