/** Two spellings of one mailbox are one account. */
export const emailKey = (email: string): string => email.trim().toLowerCase();

/** Nicknames that people read as the same are the same: compatibility forms and case folded. */
export const nicknameKey = (nickname: string): string => nickname.normalize('NFKC').toLowerCase().normalize('NFKC');
