export { nicknameKey } from '@gapless/shared/schema';

/** Two spellings of one mailbox are one account. */
export const emailKey = (email: string): string => email.trim().toLowerCase();
