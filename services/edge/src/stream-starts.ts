import { type LogStreams, streamOf } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { RoomId } from '@gapless/shared/schema';

/** Where the stream of a room begins. */
export interface StreamStarts {
  /**
   * First number that the log holds, as the stream's leader says, asked behind this call: what was read from the log
   * before it reached down to there at least. Who asks meanwhile shares one question.
   */
  first(room: RoomId): Promise<number>;
}

export function createStreamStarts(streams: Pick<LogStreams, 'names' | 'state'>): StreamStarts {
  const current = new Map<string, Promise<number>>();
  const next = new Map<string, Promise<number>>();

  const ask = async (stream: string): Promise<number> => {
    const state = await streams.state(stream);
    if (state === undefined) throw new Failure('log_unavailable', { detail: `${stream} is not there` });
    return state.first;
  };

  const begin = (stream: string): Promise<number> => {
    const answer = ask(stream).finally(() => {
      if (current.get(stream) === answer) current.delete(stream);
    });
    current.set(stream, answer);
    return answer;
  };

  return {
    first: (room) => {
      const stream = streamOf(room, streams.names.length);
      const underWay = current.get(stream);
      if (underWay === undefined) return begin(stream);
      const waiting = next.get(stream);
      if (waiting !== undefined) return waiting;
      const answer = underWay
        .catch(() => undefined)
        .then(() => {
          next.delete(stream);
          return begin(stream);
        });
      next.set(stream, answer);
      return answer;
    },
  };
}
