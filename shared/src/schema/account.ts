import { Type } from 'typebox';

/** Without quotes, comments and domain literals, which the format allows: what stands in them could become a header. */
export const EmailSchema = Type.String({
  format: 'email',
  pattern: "^[!#$%&'*+./0-9=?A-Z^_`a-z{|}~-]+@[A-Za-z0-9.-]+$",
  maxLength: 254,
  description: 'E-mail address',
});
export const NicknameSchema = Type.String({
  // Letters of some keyboards come in parts: what is composed of them has 2 to 30 characters.
  pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}_.-]{1,89}$',
  description:
    'Nickname of one script: 2 to 30 letters, digits, `_`, `.`, `-`. Unique regardless of case, and of letters that ' +
    'look alike',
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
