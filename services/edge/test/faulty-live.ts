import type { Bus, LiveRooms } from '@gapless/shared/bus';
import type { RoomId } from '@gapless/shared/schema';

/** What becomes of one live message between NATS and the hub. */
export type Fate = 'pass' | 'drop' | 'double' | 'swap' | 'delay';
export type Script = (room: RoomId, seq: number) => Fate;

/** Longer than an edge waits for a swap to right itself. */
const delayMs = 120;
const longestSwapMs = 15;

/** The bus with a live path that loses, doubles, swaps and delays by a script; what is stored stays as it is. */
export function withFaultyLive(bus: Bus, script: Script): Bus {
  const follow: LiveRooms['follow'] = (room, listener) => {
    let held: (() => void) | undefined;
    const letGo = (): void => {
      const last = held;
      held = undefined;
      last?.();
    };
    return bus.live.follow(room, {
      signal: (bytes) => listener.signal(bytes),
      event: (seq, prev, bytes) => {
        const pass = () => listener.event(seq, prev, bytes);
        const fate = script(room, seq);
        if (fate === 'delay') return void setTimeout(pass, delayMs);
        if (fate === 'swap' && held === undefined) {
          held = pass;
          return void setTimeout(letGo, longestSwapMs);
        }
        if (fate !== 'drop') pass();
        if (fate === 'double') pass();
        letGo();
      },
    });
  };
  return { ...bus, live: { ...bus.live, follow } };
}

/** The same fates from the same seed (mulberry32). */
export function randomFates(seed: number, share: number): Script {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const fates: Fate[] = ['drop', 'double', 'swap', 'delay'];
  return () => (random() < share ? (fates[Math.floor(random() * fates.length)] as Fate) : 'pass');
}
