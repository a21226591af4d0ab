import type { ConformanceCase } from '../conformance-case.ts';
import { connectCases } from './connect.ts';
import { frameCases, keepingAliveCases } from './frames.ts';
import { limitCases, membershipCases } from './membership.ts';
import { orderCases, presenceCases, receiptCases, resumeCases } from './reading.ts';
import { changingCases, sendingCases } from './sending.ts';

/** In the order of the document. */
export const cases: readonly ConformanceCase[] = [
  ...connectCases,
  ...frameCases,
  ...sendingCases,
  ...changingCases,
  ...receiptCases,
  ...presenceCases,
  ...membershipCases,
  ...orderCases,
  ...resumeCases,
  ...keepingAliveCases,
  ...limitCases,
];
