import { fileURLToPath } from 'node:url';
import { startOrdered } from '../ordered-process.ts';
import { nowUs } from './clock.ts';
import type { Seat } from './load-socket.ts';
import type { Answer, Load, LoadReport, Order, SteppedLoad, SteppedReport } from './orders.ts';
import { partsOf, wholeOf } from './parts.ts';

/** Processes of its own that make load and check what comes of it. */
export interface Generator {
  readonly pids: readonly number[];
  connect(crowd: string, seats: readonly Seat[]): Promise<void>;
  /** `begun` and `ended` are called around the time that is measured, in which every process is at it. */
  run(crowd: string, load: Load, window: { begun(): void; ended(): void }): Promise<LoadReport>;
  /** Offers one rate after the other, whatever is refused. */
  steps(crowd: string, load: SteppedLoad): Promise<SteppedReport>;
  disconnect(crowd: string): void;
  close(): void;
}

const script = fileURLToPath(new URL('./load-process.js', import.meta.url));

const start = () => startOrdered<Order, Answer>('load generator', script);

/** Several processes share out the rooms: each send of an open load is made by one of them, when it would be made by one alone. */
export function startGenerator(count = 1): Generator {
  const processes = [start(), ...Array.from({ length: count - 1 }, start)] as const;
  const onlyAlone = (what: string): void => {
    if (count > 1) throw new RangeError(`${what} cannot be shared out to ${count} processes`);
  };
  return {
    pids: processes.map(({ pid }) => pid),
    connect: async (crowd, seats) => {
      const rooms = [...new Set(seats.flatMap(({ room }) => room ?? []))];
      const parts = partsOf(seats, count);
      const connected = processes.map(({ ask }, n) =>
        ask({ do: 'connect', crowd, seats: parts[n] ?? [], rooms }, ({ say }) => say === 'connected' || undefined),
      );
      await Promise.all(connected);
    },
    run: async (crowd, load, window) => {
      if (load.kind === 'closed' && load.roomsEach !== undefined) onlyAlone("each socket's own rooms");
      const order = { do: 'run', crowd, load, orderedUs: nowUs() } as const;
      let [begun, ended] = [0, 0];
      const parts = processes.map(({ ask }) =>
        ask(order, (answer) => {
          if (answer.say === 'begun' && ++begun === count) window.begun();
          if (answer.say === 'ended' && ++ended === 1) window.ended();
          return answer.say === 'report' ? answer.part : undefined;
        }),
      );
      return wholeOf(await Promise.all(parts));
    },
    steps: async (crowd, load) => {
      onlyAlone('steps');
      return processes[0].ask({ do: 'steps', crowd, load }, (answer) =>
        answer.say === 'stepped' ? answer.report : undefined,
      );
    },
    disconnect: (crowd) => {
      for (const { tell } of processes) tell({ do: 'disconnect', crowd });
    },
    close: () => {
      for (const { close } of processes) close();
    },
  };
}
