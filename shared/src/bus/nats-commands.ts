import { InvalidArgumentError, type Msg, type NatsConnection, RequestError } from '@nats-io/transport-node';
import { Failure, type FailureKind, failures } from '../errors/index.ts';
import type { Logger } from '../runtime/index.ts';
import type { Commands } from './bus.ts';
import { subjects } from './subjects.ts';

const queue = 'svc';
const defaultTimeoutMs = 5_000;
/** More than a publish may take at the other side: who answers says what became of it. */
const changeTimeoutMs = 12_000;

type Answer =
  | { readonly ok: unknown }
  | { readonly failure: { readonly kind: FailureKind; readonly detail: string; readonly retryMs?: number } };

/** Request and reply; those that serve a name share its queue. */
export function createNatsCommands(nats: NatsConnection, logger: Logger): Commands {
  return {
    call: async (name, payload, timeoutMs = defaultTimeoutMs) =>
      read(await request(nats, name, payload, { timeoutMs, unanswered: 'store_unavailable' })),
    change: async (name, payload, timeoutMs = changeTimeoutMs) =>
      read(await request(nats, name, payload, { timeoutMs, unanswered: 'fate_unknown' })),
    serve: (name, handler) => {
      const subscription = nats.subscribe(subjects.command(name), {
        queue,
        callback: (error, message) => {
          if (error === null) void serveOne(message, handler, logger.child({ command: name }));
        },
      });
      return { stop: () => subscription.unsubscribe() };
    },
  };
}

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

async function serveOne(message: Msg, handler: (payload: unknown) => Promise<unknown>, logger: Logger): Promise<void> {
  try {
    message.respond(JSON.stringify(await answerOf(message, handler, logger)));
  } catch (error) {
    // One member who asks for much must not end the process that serves all the others.
    logger.warn({ err: error }, 'an answer not given');
    if (isTooLarge(error)) message.respond(JSON.stringify(tooLarge));
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
