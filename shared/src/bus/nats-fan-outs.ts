import { errors, type NatsConnection, RequestError } from '@nats-io/transport-node';
import { Failure } from '../errors/index.ts';
import { isId, type RoomId } from '../schema/index.ts';
import type { FannedOut, FanOutTrace, FanOutTraces } from './bus.ts';
import { subjects } from './subjects.ts';

/** Edges answer from memory; who has not by then is too far behind to help. */
const patienceMs = 400;
const answersAtMost = 1_000;

interface Question {
  readonly r: RoomId;
  readonly s: number;
}

export function createNatsFanOuts(nats: NatsConnection, process: string): FanOutTraces {
  return {
    async ask(r, s) {
      const question: Question = { r, s };
      const found: FanOutTrace[] = [];
      try {
        const options = { strategy: 'timer', maxWait: patienceMs, maxMessages: answersAtMost } as const;
        const answers = await nats.requestMany(subjects.trace, JSON.stringify(question), options);
        for await (const answer of answers) if (answer.data.length > 0) found.push(answer.json<FanOutTrace>());
      } catch (cause) {
        if (isNobodyThere(cause)) return [];
        throw new Failure('log_unavailable', { retryMs: 1_000, cause });
      }
      return found;
    },
    serve(answer) {
      const subscription = nats.subscribe(subjects.trace, {
        callback: (error, message) => {
          if (error !== null) return;
          const { r, s } = message.json<Question>();
          const found: FannedOut | undefined = isId(r) ? answer(r, s) : undefined;
          if (found !== undefined) message.respond(JSON.stringify({ ...found, process } satisfies FanOutTrace));
        },
      });
      return { stop: () => subscription.unsubscribe() };
    },
  };
}

/** No edge is subscribed: none that could have sent anything out. */
const isNobodyThere = (error: unknown): boolean =>
  error instanceof errors.NoRespondersError || (error instanceof RequestError && error.isNoResponders());
