/** Nicknames that people read as the same are the same: compatibility forms and case folded. */
export const nicknameKey = (nickname: string): string => nickname.normalize('NFKC').toLowerCase().normalize('NFKC');
