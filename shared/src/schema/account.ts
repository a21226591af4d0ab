import { Type } from 'typebox';

export const EmailSchema = Type.String({ format: 'email', maxLength: 254, description: 'E-mail address' });
export const NicknameSchema = Type.String({
  pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N}_.-]{1,29}$',
  description: 'Nickname, unique regardless of case: 2 to 30 letters, digits, `_`, `.`, `-`',
});
export const PasswordSchema = Type.String({ minLength: 10, maxLength: 128, description: 'Password' });

export const accountRoles = ['user', 'admin'] as const;
export type AccountRole = (typeof accountRoles)[number];

/** Claims of an access token, `aud` and times aside. */
export interface AccessClaims {
  readonly sub: string;
  readonly sid: string;
  readonly role: AccountRole;
  /** How often the user had been disabled when the token was made; absent: never. A token of an older epoch is void. */
  readonly ep?: number;
}

export const accessTokenAudience = 'gapless';
export const accessTokenIssuer = 'gapless';
