const decoder = new TextDecoder();
const encoder = new TextEncoder();
const beginnings = new Map<string, Uint8Array>();

function beginningOf(kind: string): Uint8Array {
  const known = beginnings.get(kind) ?? encoder.encode(`{"t":"${kind}"`);
  beginnings.set(kind, known);
  return known;
}

/** Tells a signal of that kind from others without parsing it. */
export function beginsAs(bytes: Uint8Array, kind: string): boolean {
  const beginning = beginningOf(kind);
  for (let at = 0; at < beginning.length; at++) if (bytes[at] !== beginning[at]) return false;
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
