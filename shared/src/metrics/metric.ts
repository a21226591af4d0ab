import { errorCodes } from '../errors/index.ts';

/** The processes that have metrics. */
export const measured = ['edge', 'api', 'log-worker'] as const;
export type Measured = (typeof measured)[number];

/** What a label may be: a closed set, or a pattern of one, in words. Never a user, a room or an address. */
export type LabelValues = readonly string[] | { readonly pattern: RegExp; readonly words: string };
type Labels = Readonly<Record<string, LabelValues>>;

export interface Metric<K extends 'counter' | 'gauge' | 'histogram' = 'counter' | 'gauge' | 'histogram'> {
  readonly kind: K;
  readonly of: readonly Measured[];
  readonly help: string;
  readonly labels: Labels;
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

type With<K extends Metric['kind'], L extends Labels> = Metric<K> & { readonly labels: L };

const none = {} as const;

export const counter = <const L extends Labels = typeof none>(
  of: readonly Measured[],
  help: string,
  labels?: L,
): With<'counter', L> => ({ kind: 'counter', of, help, labels: labels ?? (none as L) });

export const gauge = <const L extends Labels = typeof none>(
  of: readonly Measured[],
  help: string,
  labels?: L,
): With<'gauge', L> => ({ kind: 'gauge', of, help, labels: labels ?? (none as L) });

export const histogram = <const L extends Labels = typeof none>(
  of: readonly Measured[],
  help: string,
  buckets: readonly number[],
  labels?: L,
): With<'histogram', L> => ({ kind: 'histogram', of, help, buckets, labels: labels ?? (none as L) });

export const errorCode = {
  pattern: new RegExp(`^(${Object.keys(errorCodes).join('|')})$`),
  words: 'an error code of [protocol.md](protocol.md)',
};

/** Of what one process does for another. */
export const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Fewer, where a label has many values. */
export const fewSeconds = [0.005, 0.025, 0.1, 0.5, 2.5, 10];
