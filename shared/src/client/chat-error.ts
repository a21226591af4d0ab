import type { ErrorCode } from '../errors/index.ts';

export interface ChatErrorDetails {
  readonly retryMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Everything that the SDK rejects with. `code` is one of the protocol's error codes, whoever found the fault: the server,
 * or the SDK before or after the wire.
 */
export class ChatError extends Error {
  readonly code: ErrorCode;
  /** When to try again, where the server said so. */
  readonly retryMs: number | undefined;

  constructor(code: ErrorCode, message: string, { retryMs, cause }: ChatErrorDetails = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'ChatError';
    this.code = code;
    this.retryMs = retryMs;
  }
}
