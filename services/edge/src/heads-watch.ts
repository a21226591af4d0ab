import type { Bus, Heads } from '@gapless/shared/bus';
import type { Clock } from '@gapless/shared/runtime';
import type { Doubts } from './doubts.ts';
import type { RoomHub } from './room-hub.ts';
import type { Sweep } from './sweep.ts';

export interface HeadsWatch {
  stop(): void;
}

/** Heads come twice a second from each stream. */
const silenceMs = 3_000;
const lookMs = 500;
/** Of one stream: workers come and go. */
const announcersKnown = 32;
/** The interest comes back to the stream's leader a moment after the connection does. */
const againMs = { least: 500, most: 1_000 };

/**
 * Hears from the log workers which rooms went quiet and where they ended, and has the rooms doubted and swept whenever that
 * cannot be relied on: behind a reconnect, when a stream is another one, while nobody says anything and when somebody does again.
 */
export function watchHeads(deps: {
  bus: Pick<Bus, 'heads' | 'interruptions' | 'streams'>;
  hub: Pick<RoomHub, 'reach'>;
  sweep: Pick<Sweep, 'ask'>;
  doubts: Pick<Doubts, 'begin' | 'heard'>;
  clock: Clock;
}): HeadsWatch {
  const { bus, hub, sweep, doubts, clock } = deps;
  const heardAt = new Map(bus.streams.names.map((stream) => [stream, clock.now()]));
  const created = new Map<string, string>();
  const announcers = new Map<string, Set<string>>();
  let again: NodeJS.Timeout | undefined;

  const compare = (stream?: string): void => {
    doubts.begin(stream);
    sweep.ask(stream);
  };

  const interrupted = (): void => {
    compare();
    clearTimeout(again);
    again = setTimeout(() => compare(), againMs.least + Math.random() * (againMs.most - againMs.least)).unref();
  };

  /** One that starts anew says nothing of the rooms that went quiet while nobody was there to say it. */
  const isNew = ({ stream, by }: Heads): boolean => {
    const known = announcers.get(stream) ?? new Set();
    announcers.set(stream, known);
    if (by === undefined || known.has(by)) return false;
    known.add(by);
    for (const oldest of known) if (known.size > announcersKnown) known.delete(oldest);
    return true;
  };

  const heard = (heads: Heads): void => {
    if (!heardAt.has(heads.stream)) return;
    heardAt.set(heads.stream, clock.now());
    if (doubts.heard(heads)) sweep.ask(heads.stream);
    const before = created.get(heads.stream);
    created.set(heads.stream, heads.created);
    const isOneMore = isNew(heads);
    if (before !== undefined && before !== heads.created) interrupted();
    else if (isOneMore) compare(heads.stream);
    for (const [room, seq] of heads.w) hub.reach(room, seq);
  };

  const look = (): void => {
    const now = clock.now();
    // By chance a little later: the edges of a cluster miss the same heads.
    const limit = silenceMs + Math.random() * 1_000;
    const silent = [...heardAt].filter(([, at]) => now - at > limit);
    for (const [stream] of silent) {
      heardAt.set(stream, now);
      sweep.ask(stream);
    }
  };

  const following = [bus.heads.subscribe(heard), bus.interruptions(interrupted)];
  const timer = setInterval(look, lookMs).unref();
  return {
    stop: () => {
      clearInterval(timer);
      clearTimeout(again);
      for (const one of following) one.stop();
    },
  };
}
