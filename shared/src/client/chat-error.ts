import type { ErrorCode } from '../errors/index.ts';

export interface ChatErrorDetails {
  readonly retryMs?: number | undefined;
  readonly clientId?: string | undefined;
}

/**
 * Everything that the SDK rejects with. `code` is one of the protocol's error codes, whoever found the fault: the server,
 * or the SDK before or after the wire. `unknown` alone says that it may have happened all the same.
 */
export class ChatError extends Error {
  readonly code: ErrorCode;
  /** When to try again, where the server said so. */
  readonly retryMs: number | undefined;
  /** The client id of the refused send: with `unknown`, repeat the send with this one. */
  readonly clientId: string | undefined;

  constructor(code: ErrorCode, message: string, { retryMs, clientId }: ChatErrorDetails = {}) {
    super(message);
    this.name = 'ChatError';
    this.code = code;
    this.retryMs = retryMs;
    this.clientId = clientId;
  }

  /** The same error, of that send. */
  of(clientId: string): ChatError {
    return new ChatError(this.code, this.message, { retryMs: this.retryMs, clientId });
  }
}
