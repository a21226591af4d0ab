import { performance } from 'node:perf_hooks';
import {
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { Failure } from '../errors/index.ts';
import { type Logger, withDeadline } from '../runtime/index.ts';
import { isId, type Revocation, revocationId, revocationLifeMs } from '../schema/index.ts';
import type { Bus } from './bus.ts';
import type { BusSettings } from './bus-settings.ts';
import { followMessages } from './nats-stream-following.ts';
import { ensureStream } from './nats-streams.ts';
import { RevocationProof } from './revocation-proof.ts';
import type { Revocations, RevocationsFollowing, RevocationsListener } from './revocations.ts';
import { subjects } from './subjects.ts';

const stream = 'REVOKE';
const deadlineMs = 3_000;
const lookMs = 100;
const proveMs = 500;

/** Of a session or user the last word is enough; what is older than any token may go. */
const configOf = (settings: BusSettings): Partial<StreamConfig> & { name: string } => ({
  name: stream,
  subjects: [subjects.allRevocations],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  max_age: nanos(revocationLifeMs(settings.accessTokenMs)),
  max_msgs_per_subject: 1,
  num_replicas: settings.streamReplicas,
  duplicate_window: nanos(Math.min(settings.duplicateWindowMs, revocationLifeMs(settings.accessTokenMs))),
  allow_direct: true,
});

export interface NatsRevocationsDeps {
  readonly jsm: JetStreamManager;
  readonly js: JetStreamClient;
  readonly settings: BusSettings;
  readonly isAway: () => boolean;
  readonly interruptions: Bus['interruptions'];
  readonly logger: Logger;
}

/** A stream that whoever serves sockets reads as a whole and follows; the log worker makes it. */
export function createNatsRevocations(deps: NatsRevocationsDeps): Revocations {
  const { jsm, js, settings } = deps;
  return {
    ensure: () => guarded('making a stream', () => ensureStream(jsm, configOf(settings))),
    publish: (revocation) =>
      guarded('revoking', async () => {
        const data = JSON.stringify({ v: 1, ...revocation });
        await js.publish(subjects.revocation(revocation), data, {
          msgID: revocationId(revocation),
          timeout: deadlineMs,
        });
      }),
    follow: (listener) => follow(deps, listener),
  };
}

function follow(deps: NatsRevocationsDeps, listener: RevocationsListener): RevocationsFollowing {
  const { jsm, isAway, interruptions } = deps;
  const proof = new RevocationProof();
  let reading = readAll(deps, heard);
  let proving = false;
  let provedAt = -Infinity;
  let stopped = false;

  const isCurrent = (): boolean => !isAway() && proof.isProven();

  function heard(seq: number, revocation: Revocation | undefined): void {
    if (stopped) return;
    if (revocation !== undefined) listener.revoked(revocation);
    proof.heard(seq);
  }

  async function prove(): Promise<void> {
    if (proving || isAway()) return;
    proving = true;
    const asked = { at: performance.now(), interruptions: proof.interruptions, read: proof.read };
    provedAt = asked.at;
    try {
      const { created, state } = await withDeadline('looking at revocations', deadlineMs, jsm.streams.info(stream));
      const end = { created: String(created), last: state.last_seq, isEmpty: state.messages === 0 };
      if (!stopped && !proof.ends(end, asked)) {
        reading.stop();
        reading = readAll(deps, heard);
      }
    } catch (error) {
      deps.logger.debug({ why: (error as Error).message }, 'revocations cannot be looked at now');
    } finally {
      proving = false;
    }
  }

  const look = (): void => {
    proof.look();
    if (!proof.isProven() || performance.now() - provedAt >= proveMs) void prove();
  };

  const interrupted = interruptions(() => {
    proof.interrupt();
    void prove();
  });
  const timer = setInterval(look, lookMs).unref();
  void prove();
  return {
    isCurrent,
    isAway,
    get interruptions() {
      return proof.interruptions;
    },
    stop: () => {
      stopped = true;
      clearInterval(timer);
      interrupted.stop();
      reading.stop();
    },
  };
}

type Heard = (seq: number, revocation: Revocation | undefined) => void;

function readAll({ js, logger }: NatsRevocationsDeps, heard: Heard): { stop(): void } {
  const messages = followMessages({ js, stream, from: 1, logger }, (message) => message);
  let ended = false;
  const read = async (): Promise<void> => {
    for await (const message of messages) if (!ended) heard(message.seq, revocationOf(message));
  };
  void read();
  return {
    stop: () => {
      ended = true;
      messages.stop();
    },
  };
}

/** `undefined` for what a newer version may say and this one cannot act upon. */
function revocationOf(message: JsMsg): Revocation | undefined {
  const { kind, user, session, epoch, until } = readable(message);
  if (typeof until !== 'number' || typeof user !== 'string' || !isId(user)) return undefined;
  const known = kind === 'session' ? typeof session === 'string' : kind === 'user' && typeof epoch === 'number';
  return known ? ({ kind, user, session, epoch, until } as unknown as Revocation) : undefined;
}

function readable(message: JsMsg): Record<string, unknown> {
  try {
    return message.json<Record<string, unknown>>() ?? {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

async function guarded<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await withDeadline(what, deadlineMs + 500, work());
  } catch (cause) {
    throw new Failure('log_unavailable', { retryMs: 1_000, cause, detail: `${what}: ${(cause as Error).message}` });
  }
}
