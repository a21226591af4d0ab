/**
 * Every code with which an edge closes a socket. The range tells a client what to do: 1012, 1013 and 4000-4099 reconnect
 * and resume; 4400-4499 do not come back unchanged.
 */
export const closeCodes = {
  restart: { code: 1012, meaning: 'The edge restarts: reconnect and resume', reconnect: true },
  try_later: { code: 1013, meaning: 'The edge cannot serve now: reconnect later', reconnect: true },
  slow_consumer: { code: 4008, meaning: 'Read too slowly: reconnect and resume', reconnect: true },
  token_expired: { code: 4011, meaning: 'The access token ended: renew it, reconnect and resume', reconnect: true },
  malformed: { code: 4400, meaning: 'Too many frames that are none', reconnect: false },
  unauthenticated: { code: 4401, meaning: 'The token is not valid', reconnect: false },
  forbidden: { code: 4403, meaning: 'Not allowed here', reconnect: false },
  no_hello: { code: 4408, meaning: 'No `hello` in time', reconnect: false },
  too_many_devices: { code: 4409, meaning: 'Too many sockets of one user', reconnect: false },
  flooding: { code: 4429, meaning: 'Went on after being rate limited', reconnect: false },
} as const satisfies Record<string, { code: number; meaning: string; reconnect: boolean }>;

export type CloseReason = keyof typeof closeCodes;
