import { type ErrorCode, errorCodes } from './error-codes.ts';

interface Kind {
  readonly code: ErrorCode;
  readonly title: string;
  /** Where HTTP has a status of its own for it. */
  readonly http?: number;
}

/**
 * Every failure that a command foresees. `code` is what a socket answers and decides whether a retry helps; REST adds the
 * kind as the problem's type.
 */
export const failures = {
  invalid_request: { code: 'bad_frame', title: 'The request does not fit the schema' },
  body_too_large: { code: 'too_large', title: 'The body is longer than allowed' },
  head_too_large: { code: 'too_large', title: 'Headers are longer than allowed', http: 431 },
  invalid_cursor: { code: 'bad_cursor', title: 'The cursor is not one that this installation gave' },
  invalid_credentials: { code: 'unauthenticated', title: 'E-mail address and password do not match an account' },
  token_required: { code: 'unauthenticated', title: 'A valid access token is required' },
  account_disabled: { code: 'forbidden', title: 'The account is disabled' },
  email_unverified: { code: 'forbidden', title: 'The e-mail address is to be confirmed first: see the mail' },
  email_token_invalid: { code: 'not_found', title: 'The link was used or has ended: ask for another mail' },
  wrong_password: { code: 'forbidden', title: 'The password is not right' },
  refresh_token_invalid: { code: 'unauthenticated', title: 'The refresh token is not valid any more: log in again' },
  email_taken: { code: 'conflict', title: 'An account with this e-mail address exists' },
  nickname_taken: { code: 'conflict', title: 'The nickname is taken' },
  not_found: { code: 'not_found', title: 'No such thing, or not for you to see' },
  route_not_found: { code: 'not_found', title: 'No such route' },
  method_not_allowed: { code: 'unknown_op', title: 'The resource has no such method', http: 405 },
  file_too_large: { code: 'too_large', title: 'The file has more bytes or pixels than allowed' },
  file_unfit: { code: 'bad_frame', title: 'The file is not one that is taken', http: 422 },
  upload_broken: { code: 'bad_frame', title: 'The upload did not come whole, in time, or as one file' },
  unsupported_media: { code: 'bad_frame', title: 'Bodies are JSON, uploads are multipart/form-data', http: 415 },
  room_not_found: { code: 'not_found', title: 'No such room' },
  not_member: { code: 'not_member', title: 'Only members of the room may do this' },
  forbidden: { code: 'forbidden', title: 'Not allowed' },
  banned: { code: 'forbidden', title: 'Banned from the room' },
  muted: { code: 'muted', title: 'You may not write in this room now' },
  frozen: { code: 'frozen', title: 'The room takes no messages but those of its moderators and owners' },
  archived: { code: 'frozen', title: 'The room is archived: nobody writes in it any more' },
  blocked: { code: 'blocked', title: 'One of the two has blocked the other' },
  slow_mode: { code: 'slow_mode', title: 'The room is in slow mode: wait' },
  room_full: { code: 'conflict', title: 'The room has reached its limit of members' },
  already_member: { code: 'conflict', title: 'The user is a member already' },
  too_many_invites: { code: 'conflict', title: 'The room has as many open invitations as the limit allows' },
  too_many_uploads: { code: 'rate_limited', title: 'As many uploads as the limit allows: wait' },
  too_many_rooms: { code: 'conflict', title: 'The user is in as many rooms as the limit allows' },
  too_many_pins: { code: 'conflict', title: 'The room has as many pins as it may have' },
  too_many_reactions: { code: 'conflict', title: 'The message has as many different reactions as it may have' },
  last_owner: { code: 'conflict', title: 'The last owner keeps his role' },
  too_many_nicknames: { code: 'conflict', title: 'Too many nicknames in a short time' },
  too_many_blocks: { code: 'conflict', title: 'The user has blocked as many as the limit allows' },
  id_reused: { code: 'conflict', title: 'The client id was used for something else' },
  rate_limited: { code: 'rate_limited', title: 'Too many requests: wait' },
  busy: { code: 'busy', title: 'The server is at its limit: wait' },
  store_unavailable: { code: 'unavailable', title: 'The message store is away' },
  issuer_unavailable: { code: 'unavailable', title: 'The issuer of the token cannot be asked for its keys' },
  log_unavailable: { code: 'unavailable', title: 'The message log is away' },
  log_full: { code: 'unavailable', title: 'The message log takes no more until it is persisted' },
  fate_unknown: { code: 'unknown', title: 'It may have happened: repeat it with the same client id' },
  stale: { code: 'conflict', title: 'It was changed meanwhile: read it again', http: 412 },
  internal: { code: 'internal', title: 'A fault of ours' },
} as const satisfies Record<string, Kind>;

export type FailureKind = keyof typeof failures;

/** A foreseen failure. Anything else that is thrown is a bug. */
export class Failure extends Error {
  readonly kind: FailureKind;
  /** When to come back, where that is known. */
  readonly retryMs: number | undefined;

  constructor(kind: FailureKind, options: { detail?: string; retryMs?: number; cause?: unknown } = {}) {
    super(options.detail ?? failures[kind].title, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'Failure';
    this.kind = kind;
    this.retryMs = options.retryMs;
  }

  get code(): ErrorCode {
    return failures[this.kind].code;
  }

  get status(): number {
    const { http }: Kind = failures[this.kind];
    return http ?? errorCodes[this.code].http;
  }
}
