import { Failure } from '@gapless/shared/errors';
import { nicknameFault, nicknameKey, spellNickname } from '@gapless/shared/schema';

/** Two spellings of one mailbox are one account. */
export const emailKey = (email: string): string => email.trim().toLowerCase();

/**
 * By which people are found while somebody types: taken apart, so that the beginning of a syllable (`하`, `ㅎ`) begins
 * `한글`, and a letter without its accent the one with it.
 */
export const nicknameSearchKey = (text: string): string => nicknameKey(text).normalize('NFD');

/** A nickname in the spelling in which it is kept; refuses what may not stand beside other people's names. */
export function readNickname(text: string): string {
  const nickname = spellNickname(text);
  const fault = nicknameFault(nickname);
  if (fault !== undefined) throw new Failure('invalid_request', { detail: fault });
  return nickname;
}
