import type { ClientId } from './ids.ts';

const uuidv7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** When a client id was made, ms since 1970, as a UUIDv7 says it (RFC 9562 §5.7); `undefined` for every other id. */
export function clientIdTime(id: ClientId): number | undefined {
  const parts = uuidv7.exec(id);
  return parts === null ? undefined : Number.parseInt(`${parts[1]}${parts[2]}`, 16);
}
