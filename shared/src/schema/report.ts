import { Type } from 'typebox';

/** Why a message is reported. Closed: moderators filter by it. */
export const reportReasons = [
  'spam',
  'harassment',
  'hate',
  'violence',
  'sexual',
  'self_harm',
  'illegal',
  'other',
] as const;
export type ReportReason = (typeof reportReasons)[number];

export const reportStates = ['open', 'resolved'] as const;
export type ReportState = (typeof reportStates)[number];

export const ReportTextSchema = Type.String({
  maxLength: 1_000,
  description: 'What the reporter, or who resolved the report, has to say about it',
});
