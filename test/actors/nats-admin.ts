import { jetstreamManager } from '@nats-io/jetstream';
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
  await streams.delete(stream);
  await streams.add({ ...config, first_seq: 1 });
  await nats.close();
}

export async function lastSequence(url: string, stream: string): Promise<number> {
  const nats = await connect({ servers: url });
  const { state } = await (await jetstreamManager(nats)).streams.info(stream);
  await nats.close();
  return state.last_seq;
}
