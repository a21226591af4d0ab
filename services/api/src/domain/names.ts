import { nicknameKey } from '@gapless/shared/schema';

export { nicknameKey };

/** Two spellings of one mailbox are one account. */
export const emailKey = (email: string): string => email.trim().toLowerCase();

/**
 * By which people are found while somebody types: taken apart, so that the beginning of a syllable (`하`, `ㅎ`) begins
 * `한글`, and a letter without its accent the one with it.
 */
export const nicknameSearchKey = (text: string): string => nicknameKey(text).normalize('NFD');
