import { sleep } from '@gapless/shared/runtime';
import { nowUs } from '../load/clock.ts';
import { Latencies, type LatencySummary } from '../load/latency.ts';
import { obeyOrders } from '../ordered-process.ts';
import { createLanes, type Lanes } from './lanes.ts';

/** What a publisher is told once, and then for each round. */
export interface PublisherSetup {
  readonly url: string;
  /** Publishes in flight. */
  readonly window: number;
  readonly rooms: number;
  readonly users: number;
}

export interface RoundOrder {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface RoundReport {
  readonly acknowledged: number;
  readonly refused: number;
  readonly seconds: number;
  readonly latency: LatencySummary;
}

export type PublisherSays =
  | { readonly say: 'ready' }
  | { readonly say: 'begun' }
  | { readonly say: 'ended' }
  | { readonly say: 'report'; readonly report: RoundReport };

const afterwardsMs = 50;

/** Counts what one round publishes. */
export class Round {
  readonly #order: RoundOrder;
  readonly #latencies = new Latencies();
  readonly #fromUs: number;
  readonly #toUs: number;
  #acknowledged = 0;
  #refused = 0;
  #token = 0;

  constructor(order: RoundOrder, startUs: number) {
    this.#order = order;
    this.#fromUs = startUs + order.warmUpMs * 1e3;
    this.#toUs = this.#fromUs + order.measureMs * 1e3;
  }

  begun(): { key: string; sentUs: number } {
    return { key: (this.#token++).toString(36), sentUs: nowUs() };
  }

  ended(sentUs: number, stored: boolean): void {
    const now = nowUs();
    if (!stored) this.#refused++;
    if (now < this.#fromUs || now >= this.#toUs) return;
    if (stored) this.#acknowledged++;
    this.#latencies.record(now - sentUs);
  }

  goesOn(): boolean {
    return nowUs() < this.#toUs;
  }

  report(): RoundReport {
    const seconds = this.#order.measureMs / 1e3;
    return { acknowledged: this.#acknowledged, refused: this.#refused, seconds, latency: this.#latencies.summary() };
  }
}

export type RunRound = (round: Round) => Promise<void>;
export type OpenPublisher = (setup: { url: string; window: number; lanes: Lanes }) => Promise<RunRound>;

/** Runs a publisher in rounds, as it is told. */
export function servePublisher(open: OpenPublisher): void {
  let runRound: RunRound | undefined;
  obeyOrders<PublisherSetup | RoundOrder, PublisherSays>(async (order, say) => {
    if ('url' in order) {
      runRound = await open({ ...order, lanes: createLanes(order) });
      return say({ say: 'ready' });
    }
    const round = new Round(order, nowUs());
    setTimeout(() => say({ say: 'begun' }), order.warmUpMs);
    setTimeout(() => say({ say: 'ended' }), order.warmUpMs + order.measureMs);
    await runRound?.(round);
    await sleep(afterwardsMs);
    say({ say: 'report', report: round.report() });
  });
}
