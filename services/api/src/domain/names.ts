/** Two spellings of one mailbox are one account. */
export const emailKey = (email: string): string => email.trim().toLowerCase();

/** Nicknames that people read as the same are the same: compatibility forms and case folded. */
export const nicknameKey = (nickname: string): string => nickname.normalize('NFKC').toLowerCase().normalize('NFKC');

/**
 * By which people are found while somebody types: taken apart, so that the beginning of a syllable (`하`, `ㅎ`) begins
 * `한글`, and a letter without its accent the one with it.
 */
export const nicknameSearchKey = (text: string): string => nicknameKey(text).normalize('NFD');
