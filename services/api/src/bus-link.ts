import type { Bus, Revocations, RoomLog } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';

/**
 * The bus, connected behind the api's back: without NATS the api serves what needs only the store, and answers
 * `log_unavailable` for the rest.
 */
export interface BusLink {
  /** Starts connecting; `connected` runs once, before anybody else sees the bus. */
  open(connected: (bus: Bus) => void): void;
  bus(): Bus;
  log(): RoomLog;
  /** `undefined` until it is connected. */
  revocations(): Revocations | undefined;
  obstacles(): readonly string[];
  close(): Promise<void>;
}

/** Waits for a server by itself, until the signal; rejects only for what waiting does not mend. */
export type ConnectBus = (signal: AbortSignal) => Promise<Bus>;

export function createBusLink(connect: ConnectBus): BusLink {
  const stopped = new AbortController();
  let bus: Bus | undefined;

  async function dial(tell: (bus: Bus) => void): Promise<void> {
    const made = await connect(stopped.signal).catch((error: unknown) => {
      if (!stopped.signal.aborted) throw error;
    });
    if (made === undefined) return;
    if (stopped.signal.aborted) return made.close();
    tell(made);
    bus = made;
  }

  function connected(): Bus {
    if (bus === undefined) throw new Failure('log_unavailable', { retryMs: 1_000 });
    return bus;
  }

  return {
    open: (tell) => void dial(tell),
    bus: connected,
    log: () => connected().log,
    revocations: () => bus?.revocations,
    obstacles: () => bus?.obstacles() ?? ['NATS is away'],
    async close() {
      stopped.abort();
      await bus?.close();
    },
  };
}
