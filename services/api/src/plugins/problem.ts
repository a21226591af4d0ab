import { type ErrorCode, errorCodes, Failure, type FailureKind, failures } from '@gapless/shared/errors';
import { Type } from 'typebox';

/** RFC 9457. `code` is what a socket would say, `type` names the kind of failure. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The request's id, as the log has it. */
  readonly instance: string;
  readonly code: ErrorCode;
  readonly errors?: readonly FieldError[];
}

export interface FieldError {
  readonly in: string;
  /** JSON pointer to the value that does not fit. */
  readonly pointer: string;
  readonly detail: string;
}

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: '`urn:gapless:problem:<kind>`', examples: ['urn:gapless:problem:room_full'] }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'Id of the request, as the log has it' }),
    code: Type.String({ description: 'What a socket would say', enum: Object.keys(errorCodes) }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          in: Type.String({ description: 'Part of the request' }),
          pointer: Type.String({ description: 'JSON pointer into it' }),
          detail: Type.String(),
        }),
      ),
    ),
  },
  { description: 'Problem details (RFC 9457)' },
);

export const problemType = (kind: FailureKind): string => `urn:gapless:problem:${kind}`;

/** What stands behind a fault of ours stays in the log. */
export function toProblem(failure: Failure, instance: string, errors?: readonly FieldError[]): Problem {
  const { title } = failures[failure.kind];
  const detail = failure.status >= 500 ? title : failure.message;
  const { code, status, kind } = failure;
  return {
    type: problemType(kind),
    title,
    status,
    detail,
    instance,
    code,
    ...(errors === undefined ? {} : { errors }),
  };
}

/** As it would be answered. */
export const problemExample = (kind: FailureKind): Problem =>
  toProblem(new Failure(kind), '01k9xq6z0b3d5f8h1k4m7p9r2t');
