const decoder = new TextDecoder();
const rcpt = new TextEncoder().encode('{"t":"rcpt"');

/** Tells receipts from the other signals of a room without parsing it. */
export function isReceipts(bytes: Uint8Array): boolean {
  for (let at = 0; at < rcpt.length; at++) if (bytes[at] !== rcpt[at]) return false;
  return true;
}

/** A signal of another process; `undefined` for what is none. Nobody falls over a signal. */
export function readableSignal(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const signal: unknown = JSON.parse(decoder.decode(bytes));
    return typeof signal === 'object' && signal !== null ? (signal as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
