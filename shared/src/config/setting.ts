import type { TSchema } from 'typebox';

export type Service = 'edge' | 'api' | 'log-worker' | 'launcher';

/** One variable of the environment: what it is for, what may stand in it, what holds when it is not set. */
export interface Setting<T> {
  readonly variable: string;
  readonly description: string;
  readonly services: readonly Service[];
  readonly schema: TSchema;
  /** `undefined`: it must be set. */
  readonly fallback: T | undefined;
  /** Never printed. */
  readonly secret: boolean;
  parse(text: string): unknown;
}
