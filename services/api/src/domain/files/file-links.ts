import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@gapless/shared/runtime';
import type { FileId } from '@gapless/shared/schema';

/** Which of a file's bytes: all of them, or its small picture. */
export type Variant = 'whole' | 'thumb';

export interface FileLink {
  /** Below the address of the api; whoever has it sees the file until it ends. */
  readonly url: string;
  readonly until: Date;
}

export interface FileLinks {
  make(file: FileId, variant: Variant): FileLink;
  /** `undefined` for a link that was not made here, was altered, or has ended: nobody learns which. */
  read(file: string, query: LinkQuery): Variant | undefined;
}

export interface LinkQuery {
  readonly e?: string | undefined;
  readonly s?: string | undefined;
  readonly thumb?: string | undefined;
}

/** Links made within one such step are the same, so that a browser keeps what it has. */
const steps = 5;

export function createFileLinks(deps: {
  readonly secret: Buffer;
  readonly lifeMs: number;
  readonly clock: Clock;
}): FileLinks {
  const { secret, lifeMs, clock } = deps;
  const stepMs = Math.max(1, Math.floor(lifeMs / steps));
  const signatureOf = (file: string, variant: Variant, end: string): Buffer =>
    createHmac('sha256', secret).update(`${file}\n${variant}\n${end}`).digest();

  return {
    make(file, variant) {
      const end = Math.ceil((clock.now() + lifeMs) / stepMs) * stepMs;
      const signature = signatureOf(file, variant, String(end)).toString('base64url');
      const thumb = variant === 'thumb' ? '&thumb=1' : '';
      return { url: `/v1/files/${file}/content?e=${end}&s=${signature}${thumb}`, until: new Date(end) };
    },
    read(file, { e = '', s = '', thumb }) {
      if (thumb !== undefined && thumb !== '1') return undefined;
      const variant = thumb === '1' ? 'thumb' : 'whole';
      const expected = signatureOf(file, variant, e);
      const given = Buffer.from(s, 'base64url');
      // One spelling only: the last character of a signature has bits to spare.
      const isOurs = given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
      const isCurrent = Number(e) > clock.now();
      return isOurs && isCurrent && given.toString('base64url') === s ? variant : undefined;
    },
  };
}

/** From the key that signs access tokens: every api has the same, and none has to be told one. */
export const linkSecret = (privateKeyPem: string): Buffer =>
  Buffer.from(hkdfSync('sha256', privateKeyPem, '', 'gapless file links', 32));
