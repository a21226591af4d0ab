import { fileURLToPath } from 'node:url';
import { startOrdered } from '../ordered-process.ts';
import type { PublisherSays, PublisherSetup, RoundOrder, RoundReport } from './publisher-process.ts';

/** A publisher in a process of its own. */
export interface Publisher {
  readonly pid: number;
  /** `begun` and `ended` are called around the time that is measured. */
  run(order: RoundOrder, window: { begun(): void; ended(): void }): Promise<RoundReport>;
  close(): void;
}

const scripts = {
  multiplexer: fileURLToPath(new URL('./mux-publisher.js', import.meta.url)),
  raw: fileURLToPath(new URL('../../peers/raw-jetstream/publisher.js', import.meta.url)),
};

export async function startPublisher(kind: keyof typeof scripts, setup: PublisherSetup): Promise<Publisher> {
  const { pid, ask, close } = startOrdered<PublisherSetup | RoundOrder, PublisherSays>(
    `${kind} publisher`,
    scripts[kind],
  );
  await ask(setup, ({ say }) => say === 'ready' || undefined);
  return {
    pid,
    close,
    run: (order, window) =>
      ask(order, (said) => {
        if (said.say === 'begun') window.begun();
        if (said.say === 'ended') window.ended();
        return said.say === 'report' ? said.report : undefined;
      }),
  };
}
