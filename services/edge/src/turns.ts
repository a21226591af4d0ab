import { type LogStreams, streamOf } from '@gapless/shared/bus';
import type { RoomId } from '@gapless/shared/schema';

/** Runs at most `width` works at once, the others in the order in which they came. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = width;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

/** Turns of each stream: the rooms of one that is away take none from those of another. */
export function turnsByStream(width: number, streams: Pick<LogStreams, 'names'>): (room: RoomId) => Turns {
  const turns = new Map<string, Turns>();
  return (room) => {
    const stream = streamOf(room, streams.names.length);
    const own = turns.get(stream) ?? new Turns(width);
    turns.set(stream, own);
    return own;
  };
}
