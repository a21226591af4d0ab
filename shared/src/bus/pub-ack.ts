/** What JetStream answered to a publish. */
export type PubAck =
  | { readonly kind: 'stored'; readonly seq: number; readonly duplicate: boolean }
  /** Nothing is stored, and the same will be said of the next. */
  | { readonly kind: 'full' }
  /** Not settled, or nobody there to settle it: ask again with the same id. */
  | { readonly kind: 'again' }
  /** Nothing is stored, for a reason that time does not mend. */
  | { readonly kind: 'refused'; readonly code: number };

const maximumBytesExceeded = 10_077;
/** Duplicate still being stored; too many requests; JetStream off, without leader or without resources for now. */
const passing = new Set([10_158, 10_167, 10_076, 10_039, 10_008, 10_009, 10_002, 10_023, 10_028, 10_047]);
const passingStatus = new Set([408, 429, 503]);

const seqKey = Buffer.from('"seq":');
const errorKey = Buffer.from('"error":');
const duplicateKey = Buffer.from('"duplicate"');

/**
 * Reads an acknowledgement without building it. A refusal also carries `"seq":0`, so the error comes first; an empty
 * answer is the server's 'no responders'.
 */
export function parsePubAck(data: Uint8Array): PubAck {
  if (data.byteLength === 0) return { kind: 'again' };
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.includes(errorKey)) return refusal(bytes);
  const at = bytes.indexOf(seqKey);
  const seq = at < 0 ? 0 : integerAt(bytes, at + seqKey.length);
  if (seq === 0) return { kind: 'refused', code: 0 };
  return { kind: 'stored', seq, duplicate: bytes.includes(duplicateKey) };
}

function refusal(bytes: Buffer): PubAck {
  const { error } = JSON.parse(bytes.toString()) as { error?: { code?: number; err_code?: number } };
  const code = error?.err_code ?? 0;
  if (code === maximumBytesExceeded) return { kind: 'full' };
  return passing.has(code) || passingStatus.has(error?.code ?? 0) ? { kind: 'again' } : { kind: 'refused', code };
}

/** The decimal number that starts there; 0 when none does. */
export function integerAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < bytes.length; i++) {
    const digit = (bytes[i] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return value;
}
