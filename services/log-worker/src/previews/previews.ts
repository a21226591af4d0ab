import { Failure } from '@gapless/shared/errors';
import type { Dispatcher } from '@gapless/shared/outbox';
import { backoffMs, type Clock, type Logger, sleep } from '@gapless/shared/runtime';
import type { EditEvent, EventRow, LinkEvent, OpId } from '@gapless/shared/schema';
import { readBody } from '../body.ts';
import type { Derived } from '../derived.ts';
import { firstLink } from '../first-link.ts';
import type { FetchPage } from './fetch-page.ts';
import type { Hosts } from './hosts.ts';
import { pageSummary } from './page-summary.ts';
import type { PreviewJob, PreviewJobs, TakenJob } from './preview-jobs.ts';

/** Tells rooms what the links in their messages lead to: beside the writing of the log, which never waits for it. */
export interface Previews extends Derived {
  prepare(): Promise<void>;
  /** Until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export const noPreviews: Previews = {
  prepare: async () => undefined,
  note: async () => undefined,
  run: async () => undefined,
};

export interface PreviewsDeps {
  readonly jobs: PreviewJobs;
  /** Hears what became of each link. */
  readonly looked?: (outcome: 'told' | 'later' | 'nothing') => void;
  readonly fetchPage: FetchPage;
  readonly hosts: Hosts;
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const atOnce = 4;
/** More than one page may take. */
const leaseMs = 30_000;
const maxTries = 3;
const pause = { firstMs: 10_000, maxMs: 120_000 };
const politePauseMs = 1_000;
const lookEveryMs = 500;
/** Beyond them links get no preview. */
const maxWaiting = 10_000;

export function createPreviews({ jobs, looked, fetchPage, hosts, dispatcher, clock, logger }: PreviewsDeps): Previews {
  let isFull = false;

  async function work(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const job = await jobs.take(leaseMs);
        if (job === undefined) await sleep(lookEveryMs * (0.5 + Math.random()), signal);
        else await look(job);
        failures = 0;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        logger.warn({ err: error }, 'link previews are held up');
        await sleep(backoffMs(failures++, pause), signal);
      }
    }
  }

  async function look(job: TakenJob): Promise<void> {
    const { op, url, tries } = job;
    if (tries > maxTries || !(await jobs.isWanted(job))) return jobs.done(op);
    if (!hosts.admit(new URL(url).host)) return jobs.putBack(op, politePauseMs, { untried: true });
    const fetched = await fetchPage(url);
    if (fetched.kind === 'later') looked?.('later');
    if (fetched.kind === 'later') return jobs.putBack(op, backoffMs(tries, pause));
    const summary = fetched.kind === 'page' ? pageSummary(fetched.html) : undefined;
    if (summary !== undefined) await tell(job, { url, ...summary });
    await jobs.done(op);
    looked?.(summary === undefined ? 'nothing' : 'told');
  }

  async function tell(job: PreviewJob, l: LinkEvent['l']): Promise<void> {
    const { room: r, author: u, message: m } = job;
    const event: LinkEvent = { v: 1, t: 'link', r, u, at: clock.now(), m, l };
    await jobs.tell(job, JSON.stringify(event));
    await dispatcher.dispatch(r);
  }

  async function watchSize(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        isFull = (await jobs.waiting()) >= maxWaiting;
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        logger.warn({ err: error }, 'links that wait are not counted now');
      }
      await sleep(lookEveryMs * 10, signal);
    }
  }

  return {
    prepare: jobs.prepare,
    note: async (rows, duplicates) => {
      if (isFull) return;
      await jobs.add(rows.flatMap((row) => (duplicates.has(row.s) ? [] : jobOf(row))));
    },
    run: async (signal) => {
      await Promise.all([watchSize(signal), ...Array.from({ length: atOnce }, () => work(signal))]);
    },
  };
}

/** Of a message and of an edit: whether it is its author's, and the last one, shows when it is looked at. */
function jobOf(row: EventRow): PreviewJob[] {
  const text = row.k === 'edit' ? readBody((JSON.parse(row.raw) as EditEvent).b)?.text : row.cur?.text;
  const url = text === undefined ? undefined : firstLink(text);
  if (url === undefined) return [];
  const message = row.m ?? row.s;
  return [
    { op: `link:${row.r}:${message}:${row.s}` as OpId, room: row.r, message, version: row.s, author: row.u, url },
  ];
}
