/** Gives client ids: UUIDv7, so that the server can tell from the id alone how long ago it was made. */
export interface ClientIds {
  next(): string;
  /** The server's clock: ids made from now on are dated by it. */
  correct(serverNowMs: number): void;
}

export function createClientIds(clock: () => number = Date.now): ClientIds {
  let offsetMs = 0;
  return {
    next: () => uuidv7(clock() + offsetMs, globalThis.crypto.getRandomValues(new Uint8Array(10))),
    correct: (serverNowMs) => {
      offsetMs = serverNowMs - clock();
    },
  };
}

/** RFC 9562 §5.7: 48 bits of milliseconds, then chance (10 bytes), with version and variant in their places. */
export function uuidv7(nowMs: number, random: Uint8Array): string {
  const time = Math.max(0, Math.floor(nowMs)).toString(16).padStart(12, '0');
  const hex = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const variant = (0x80 | ((random[2] ?? 0) & 0x3f)).toString(16);
  const parts = [time.slice(0, 8), time.slice(8), `7${hex.slice(1, 4)}`, variant + hex.slice(6, 8), hex.slice(8, 20)];
  return parts.join('-');
}
