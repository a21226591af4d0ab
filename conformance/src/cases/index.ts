import type { ConformanceCase } from '../conformance-case.ts';
import { connectCases } from './connect.ts';
import { frameCases, keepingAliveCases } from './frames.ts';
import { callCases, inboxCases } from './inbox.ts';
import { boundCases } from './limits.ts';
import { limitCases, membershipCases } from './membership.ts';
import { messageCases, pinCases } from './messages.ts';
import { lagCases, orderCases, presenceCases, receiptCases, resumeCases } from './reading.ts';
import { changingCases, sendingCases } from './sending.ts';
import { writingCases } from './writing.ts';

/** In the order of the document. */
export const cases: readonly ConformanceCase[] = [
  ...connectCases,
  ...frameCases,
  ...sendingCases,
  ...messageCases,
  ...writingCases,
  ...changingCases,
  ...pinCases,
  ...receiptCases,
  ...presenceCases,
  ...callCases,
  ...membershipCases,
  ...orderCases,
  ...resumeCases,
  ...lagCases,
  ...inboxCases,
  ...keepingAliveCases,
  ...boundCases,
  ...limitCases,
];
