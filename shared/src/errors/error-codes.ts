/** Every code that an `err` frame or a problem document can carry. Closed: clients may switch over it. */
export const errorCodes = {
  bad_frame: { meaning: 'The frame or request is not what the schema asks for', retry: false, http: 400 },
  unknown_op: { meaning: 'No such operation', retry: false, http: 404 },
  too_large: { meaning: 'Longer than the limit announced in `hi`', retry: false, http: 413 },
  bad_cursor: { meaning: 'The cursor is not one that this installation gave', retry: false, http: 400 },
  unauthenticated: { meaning: 'No session, or its token is not valid any more', retry: false, http: 401 },
  forbidden: { meaning: 'Known, but not allowed to do this', retry: false, http: 403 },
  not_found: { meaning: 'No such thing, or not for you to see', retry: false, http: 404 },
  not_member: { meaning: 'Only members of the room may do this', retry: false, http: 403 },
  muted: { meaning: 'Muted in this room', retry: false, http: 403 },
  frozen: { meaning: 'The room takes no messages now', retry: false, http: 403 },
  slow_mode: { meaning: 'The room is in slow mode: wait', retry: true, http: 429 },
  blocked: { meaning: 'One of the two has blocked the other', retry: false, http: 403 },
  rate_limited: { meaning: 'Too many in a short time: wait', retry: true, http: 429 },
  busy: { meaning: 'The server is at its limit: wait', retry: true, http: 503 },
  unavailable: { meaning: 'Something it needs is away; nothing happened', retry: true, http: 503 },
  unknown: { meaning: 'It may have happened: repeat it with the same client id', retry: true, http: 504 },
  conflict: { meaning: 'It contradicts what is already there', retry: false, http: 409 },
  internal: { meaning: 'A fault of ours, logged with the request id', retry: false, http: 500 },
} as const satisfies Record<string, { meaning: string; retry: boolean; http: number }>;

export type ErrorCode = keyof typeof errorCodes;
