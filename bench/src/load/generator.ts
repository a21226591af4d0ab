import { fileURLToPath } from 'node:url';
import { startOrdered } from '../ordered-process.ts';
import type { Seat } from './load-socket.ts';
import type { Answer, Load, LoadReport, Order, SteppedLoad, SteppedReport } from './orders.ts';

/** A process of its own that makes load and checks what comes of it. */
export interface Generator {
  readonly pid: number;
  connect(crowd: string, seats: readonly Seat[]): Promise<void>;
  /** `begun` and `ended` are called around the time that is measured. */
  run(crowd: string, load: Load, window: { begun(): void; ended(): void }): Promise<LoadReport>;
  /** Offers one rate after the other, whatever is refused. */
  steps(crowd: string, load: SteppedLoad): Promise<SteppedReport>;
  disconnect(crowd: string): void;
  close(): void;
}

const script = fileURLToPath(new URL('./load-process.js', import.meta.url));

export function startGenerator(): Generator {
  const { pid, ask, tell, close } = startOrdered<Order, Answer>('load generator', script);
  return {
    pid,
    close,
    connect: async (crowd, seats) => {
      await ask({ do: 'connect', crowd, seats }, ({ say }) => say === 'connected' || undefined);
    },
    run: (crowd, load, window) =>
      ask({ do: 'run', crowd, load }, (answer) => {
        if (answer.say === 'begun') window.begun();
        if (answer.say === 'ended') window.ended();
        return answer.say === 'report' ? answer.report : undefined;
      }),
    steps: (crowd, load) =>
      ask({ do: 'steps', crowd, load }, (answer) => (answer.say === 'stepped' ? answer.report : undefined)),
    disconnect: (crowd) => tell({ do: 'disconnect', crowd }),
  };
}
