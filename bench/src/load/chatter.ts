/** Words as often as people use them: few again and again, most of them hardly ever. */
const words = 20_000;
const wordsAText = 12;
const syllables = Array.from({ length: 400 }, (_, n) => String.fromCodePoint(0xac00 + n * 27));

/** The n-th most frequent word; every third is Latin. */
export const wordAt = (n: number): string =>
  n % 3 === 0
    ? `w${(n * 7_919).toString(36)}`
    : `${syllables[n % 400]}${syllables[(n * 31 + 7) % 400]}${syllables[Math.floor(n / 400) % 400]}`;

/** A text of Korean and Latin of some 50 characters. */
export const chatter = (random: () => number): string =>
  Array.from({ length: wordsAText }, () => wordAt(Math.floor(random() ** 3 * words))).join(' ');
