import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isId, type SessionId } from '@gapless/shared/schema';

/**
 * `<session>.<256 bits>.<tag>`. The store keeps only a hash of the current one and the session's secret: from these no token
 * can be made. The secret tells a token that was once given out (its tag fits) from noise, and derives the one successor
 * that a repeated refresh gets again.
 */
export interface RefreshToken {
  readonly session: SessionId;
  readonly bits: string;
  readonly tag: string;
}

const mac = (secret: string, purpose: string, text: string): string =>
  createHmac('sha256', Buffer.from(secret, 'base64url')).update(`${purpose}:${text}`).digest('base64url');

const withTag = (secret: string, session: SessionId, bits: string): string =>
  `${session}.${bits}.${mac(secret, 'tag', `${session}.${bits}`).slice(0, 22)}`;

export const newSessionSecret = (): string => randomBytes(32).toString('base64url');

export const firstRefreshToken = (secret: string, session: SessionId): string =>
  withTag(secret, session, randomBytes(32).toString('base64url'));

export const successorOf = (secret: string, { session, bits }: RefreshToken): string =>
  withTag(secret, session, mac(secret, 'next', bits));

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

export function parseRefreshToken(text: string): RefreshToken | undefined {
  const [session = '', bits = '', tag = '', ...rest] = text.split('.');
  if (rest.length > 0 || !isId(session) || bits.length !== 43 || tag.length !== 22) return undefined;
  return { session: session as SessionId, bits, tag };
}

/** Whether this session ever gave that token out. */
export function isGenuine(secret: string, token: RefreshToken, text: string): boolean {
  const expected = withTag(secret, token.session, token.bits);
  return text.length === expected.length && timingSafeEqual(Buffer.from(text), Buffer.from(expected));
}
