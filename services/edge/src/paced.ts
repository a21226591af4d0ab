import { failures } from '@gapless/shared/errors';
import type { Handlers } from './handlers/index.ts';
import type { Operation } from './handlers/operation.ts';
import type { LoadGate } from './load-gate.ts';
import type { EdgeMetrics } from './metrics.ts';

/**
 * What becomes an event for all of a room, or reads many: it may be refused, and may be repeated. Never what is stored already,
 * what a client says of itself, how it comes back, or the end of anything.
 */
const pacedOperations = ['send', 'whisper', 'edit', 'del', 'react', 'hist'] as const;

/** The same operations, of which those that make work for many pass the gate first. */
export function paced(handlers: Handlers, deps: PacedDeps): Handlers {
  const all = pacedOperations.map((name) => [name, pacedOne(handlers[name], deps)] as const);
  return { ...handlers, ...Object.fromEntries(all) };
}

interface PacedDeps {
  readonly gate: Pick<LoadGate, 'take' | 'done' | 'failed'>;
  readonly metrics: Pick<EdgeMetrics, 'errors'>;
}

const pacedOne = ({ phases, run }: Operation, { gate, metrics }: PacedDeps): Operation => ({
  phases,
  run: (session, frame) => {
    const retryMs = gate.take();
    if (retryMs === 0) return accounted(() => run(session, frame), gate);
    // Not thrown: a refusal must stay far cheaper than what it refuses.
    metrics.errors.inc({ code: 'busy' });
    session.refuse({ code: 'busy', msg: failures.busy.title, retryMs }, frame.i);
  },
});

async function accounted(work: () => void | Promise<void>, gate: Pick<LoadGate, 'done' | 'failed'>): Promise<void> {
  try {
    await work();
  } catch (error) {
    gate.failed();
    throw error;
  }
  gate.done();
}
