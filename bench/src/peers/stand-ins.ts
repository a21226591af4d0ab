import type { Population } from '../scenarios/population.ts';

const idLength = 26;
const idOf = (kind: string, n: number): string => kind + n.toString().padStart(idLength - kind.length, '0');

/** For who knows neither accounts nor members: tokens that nobody checks, rooms that are there once somebody joins. */
export const standIns = (count: { readonly accounts: number; readonly rooms: number }): Population => ({
  tokens: Array.from({ length: count.accounts }, (_, n) => idOf('nobody', n)),
  rooms: Array.from({ length: count.rooms }, (_, n) => idOf('01benchroom', n)),
});
