import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/** What an operator does to the NATS server behind Gapless' back. */
export async function deleteStream(url: string, stream: string): Promise<void> {
  const nats = await connect({ servers: url });
  await (await jetstreamManager(nats)).streams.delete(stream);
  await nats.close();
}

/** The stream is gone and another one of the same name starts at number 1, as if it were new. */
export async function replaceStream(url: string, stream: string): Promise<void> {
  const nats = await connect({ servers: url });
  const { streams } = await jetstreamManager(nats);
  const { config } = await streams.info(stream);
  // Gapless makes it anew as well, and may be faster.
  for (let made = false; !made; ) {
    await streams.delete(stream);
    made = await streams.add({ ...config, first_seq: 1 }).then(() => true, isThereAlready);
  }
  await nats.close();
}

const nameInUse = 10_058;

function isThereAlready(error: unknown): false {
  if (error instanceof JetStreamApiError && error.code === nameInUse) return false;
  throw error;
}

export async function lastSequence(url: string, stream: string): Promise<number> {
  const nats = await connect({ servers: url });
  const { state } = await (await jetstreamManager(nats)).streams.info(stream);
  await nats.close();
  return state.last_seq;
}

/** Stores a message's bytes a second time under another id, as two edges racing across the window's end would. */
export async function landAgain(url: string, stream: string, seq: number): Promise<number> {
  const nats = await connect({ servers: url });
  const message = await (await jetstreamManager(nats)).streams.getMessage(stream, { seq });
  if (message === null) throw new Error(`nothing is stored as ${seq}`);
  const again = await jetstream(nats).publish(message.subject, message.data, { msgID: `again:${seq}` });
  await nats.close();
  return again.seq;
}

export async function firstSequence(url: string, stream: string): Promise<number> {
  const nats = await connect({ servers: url });
  const { state } = await (await jetstreamManager(nats)).streams.info(stream);
  await nats.close();
  return state.first_seq;
}

/** The log forgets what is numbered `upTo` and below, long before its time. */
export async function trimStream(url: string, stream: string, upTo: number): Promise<void> {
  const nats = await connect({ servers: url });
  await (await jetstreamManager(nats)).streams.purge(stream, { seq: upTo + 1 });
  await nats.close();
}
