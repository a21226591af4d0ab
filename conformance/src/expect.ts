import { isDeepStrictEqual } from 'node:util';
import type { Frame } from './frame-rules.ts';
import { Violation } from './peer.ts';

export function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what);
}

export function same(found: unknown, wanted: unknown, what: string): void {
  expect(isDeepStrictEqual(found, wanted), `${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
}

/** The answer is this error. */
export function refused(answer: Frame, code: string, what: string): void {
  same([answer.t, answer['code']], ['err', code], what);
}

export function done(answer: Frame, what: string): void {
  same(answer.t, 'ok', `${what} (${JSON.stringify(answer).slice(0, 200)})`);
}
