import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';

/** Milliseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const longestUs = 120e6;

/** Latencies by microsecond, to three digits. */
export class Latencies {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: longestUs,
    numberOfSignificantValueDigits: 3,
    autoResize: false,
  });

  /** Percentiles of several processes cannot be added; what they counted can. */
  static of(encoded: readonly string[]): Latencies {
    const all = new Latencies();
    for (const one of encoded) all.#histogram.add(decodeFromCompressedBase64(one));
    return all;
  }

  record(us: number): void {
    this.#histogram.recordValue(Math.min(longestUs, Math.max(1, Math.round(us))));
  }

  encoded(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  summary(): LatencySummary {
    const at = (percentile: number) => this.#histogram.getValueAtPercentile(percentile) / 1e3;
    const { totalCount: count, maxValue } = this.#histogram;
    return { count, p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: maxValue / 1e3 };
  }
}
