import type { Commands } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { Clock } from '@gapless/shared/runtime';
import type { ClientId, RoomId, UserId } from '@gapless/shared/schema';
import { LaneOrder } from './lane-order.ts';

/** One message of a member in so many seconds, over all edges. */
export interface SlowMode {
  /**
   * Takes the member's turn in the room for that message. A message that has it already passes again. Rejects with `slow_mode`
   * and when to come back.
   */
  pass(turn: { user: UserId; room: RoomId; clientId: ClientId; seconds: number }): Promise<void>;
}

interface Turn {
  readonly until: number;
  readonly clientId: ClientId | undefined;
}

const askDeadlineMs = 1_000;
const maxTurns = 20_000;

/** The api counts for all edges; what it refused is refused here until the time is over. Without it each edge counts alone. */
export function createSlowMode({ commands, clock }: { commands: Pick<Commands, 'call'>; clock: Clock }): SlowMode {
  const turns = new Map<string, Turn>();
  const order = new LaneOrder();

  const note = (key: string, turn: Turn): void => {
    turns.delete(key);
    turns.set(key, turn);
    for (const oldest of turns.keys()) {
      if (turns.size <= maxTurns) break;
      turns.delete(oldest);
    }
  };

  /** Milliseconds to wait; 0: the turn is taken. */
  const ask: (turn: Parameters<SlowMode['pass']>[0]) => Promise<number> = async ({ user, room, clientId, seconds }) => {
    try {
      const query = { u: user, r: room, c: clientId, s: seconds };
      const { retry } = (await commands.call('messages.turn', query, askDeadlineMs)) as { retry: number };
      return retry;
    } catch (error) {
      if (error instanceof Failure && (error.code === 'unavailable' || error.code === 'unknown')) return 0;
      throw error;
    }
  };

  const take: SlowMode['pass'] = async (turn) => {
    const key = `${turn.room}:${turn.user}`;
    const last = turns.get(key);
    if (last?.clientId === turn.clientId) return;
    const leftMs = (last?.until ?? 0) - clock.now();
    if (leftMs > 0 && leftMs <= turn.seconds * 1_000) throw new Failure('slow_mode', { retryMs: leftMs });
    const retryMs = await ask(turn);
    note(key, {
      until: clock.now() + (retryMs > 0 ? retryMs : turn.seconds * 1_000),
      clientId: retryMs > 0 ? undefined : turn.clientId,
    });
    if (retryMs > 0) throw new Failure('slow_mode', { retryMs });
  };

  return { pass: (turn) => order.follow(`${turn.room}:${turn.user}`, () => take(turn)) };
}
