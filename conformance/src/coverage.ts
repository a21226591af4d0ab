import { cases } from './cases/index.ts';
import { promises } from './promises.ts';
import { unprovoked } from './unprovoked.ts';

export interface Shown {
  readonly promise: string;
  /** Cases, by section and name. */
  readonly shownBy: readonly string[];
  /** Why no case can. */
  readonly notShown: string | undefined;
}

/** Each promise of the document with the cases that show it. */
export const coverage = (): Shown[] =>
  promises.map((promise) => ({
    promise,
    shownBy: cases.filter(({ covers }) => covers.includes(promise)).map(({ section, name }) => `${section}: ${name}`),
    notShown: unprovoked[promise],
  }));
