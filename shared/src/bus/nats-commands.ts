import { InvalidArgumentError, type Msg, type NatsConnection, RequestError } from '@nats-io/transport-node';
import { Failure, type FailureKind, failures } from '../errors/index.ts';
import { type Logger, steadyClock } from '../runtime/index.ts';
import type { Commands } from './bus.ts';
import { type BusMetrics, type CallOutcome, type ServeOutcome, unmeasured } from './bus-metrics.ts';
import { subjects } from './subjects.ts';

const queue = 'svc';
const defaultTimeoutMs = 5_000;
/** More than a publish may take at the other side: who answers says what became of it. */
const changeTimeoutMs = 12_000;

type Answer =
  | { readonly ok: unknown }
  | { readonly failure: { readonly kind: FailureKind; readonly detail: string; readonly retryMs?: number } };

/** Request and reply; those that serve a name share its queue. */
export function createNatsCommands(
  nats: NatsConnection,
  logger: Logger,
  metrics: Pick<BusMetrics, 'called' | 'served'> = unmeasured,
): Commands {
  const ask = async (...asked: Asked): Promise<unknown> => {
    const began = steadyClock.now();
    let outcome: CallOutcome = 'unanswered';
    try {
      const answer = await request(nats, ...asked);
      outcome = 'ok' in answer ? 'answered' : 'refused';
      return read(answer);
    } finally {
      metrics.called(outcome, steadyClock.now() - began);
    }
  };

  return {
    call: (name, payload, timeoutMs = defaultTimeoutMs) =>
      ask(name, payload, { timeoutMs, unanswered: 'store_unavailable' }),
    change: (name, payload, timeoutMs = changeTimeoutMs) =>
      ask(name, payload, { timeoutMs, unanswered: 'fate_unknown' }),
    serve: (name, handler) => {
      const subscription = nats.subscribe(subjects.command(name), {
        queue,
        callback: (error, message) => {
          if (error !== null) return;
          const began = steadyClock.now();
          void serveOne(message, handler, logger.child({ command: name })).then((outcome) =>
            metrics.served(name, outcome, steadyClock.now() - began),
          );
        },
      });
      return { stop: () => subscription.unsubscribe() };
    },
  };
}

type Asked = [name: string, payload: unknown, how: { timeoutMs: number; unanswered: FailureKind }];

async function request(
  nats: NatsConnection,
  name: string,
  payload: unknown,
  { timeoutMs, unanswered }: { timeoutMs: number; unanswered: FailureKind },
): Promise<Answer> {
  try {
    const reply = await nats.request(subjects.command(name), JSON.stringify(payload), { timeout: timeoutMs });
    return reply.json<Answer>();
  } catch (cause) {
    const nobodyThere = cause instanceof RequestError && cause.isNoResponders();
    const kind = nobodyThere ? 'store_unavailable' : unanswered;
    throw new Failure(kind, { detail: `nobody answered ${name}`, retryMs: 1_000, cause });
  }
}

function read(answer: Answer): unknown {
  if ('ok' in answer) return answer.ok;
  const { kind, detail, retryMs } = answer.failure;
  throw new Failure(kind in failures ? kind : 'internal', { detail, ...(retryMs === undefined ? {} : { retryMs }) });
}

async function serveOne(
  message: Msg,
  handler: (payload: unknown) => Promise<unknown>,
  logger: Logger,
): Promise<ServeOutcome> {
  try {
    const answer = await answerOf(message, handler, logger);
    message.respond(JSON.stringify(answer));
    if ('ok' in answer) return 'answered';
    return answer.failure.kind === 'internal' ? 'failed' : 'refused';
  } catch (error) {
    // One member who asks for much must not end the process that serves all the others.
    logger.warn({ err: error }, 'an answer not given');
    if (isTooLarge(error)) message.respond(JSON.stringify(tooLarge));
    return 'failed';
  }
}

/** The client throws it before it sends anything: the bus takes no message of that size. */
const isTooLarge = (error: unknown): boolean =>
  error instanceof InvalidArgumentError && error.message.includes('max_payload');

const tooLarge: Answer = {
  failure: { kind: 'body_too_large', detail: 'The answer is too large for one message: ask for less at once' },
};

async function answerOf(
  message: Msg,
  handler: (payload: unknown) => Promise<unknown>,
  logger: Logger,
): Promise<Answer> {
  try {
    return { ok: (await handler(message.json())) ?? null };
  } catch (error) {
    if (!(error instanceof Failure)) {
      logger.error({ err: error }, 'a command failed');
      return { failure: { kind: 'internal', detail: failures.internal.title } };
    }
    const { kind, message: detail, retryMs } = error;
    return { failure: { kind, detail, ...(retryMs === undefined ? {} : { retryMs }) } };
  }
}
