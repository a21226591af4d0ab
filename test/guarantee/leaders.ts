import type { LocalProgram, LocalSystem } from '@gapless/shared/local';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { MongoClient } from 'mongodb';

const stream = 'ROOM_0';
const answerMs = 2_000;

/** The server that leads the log's stream now; `undefined` while nobody does, or none answers. */
export async function streamLeaderOf({ natsServers }: LocalSystem): Promise<LocalProgram | undefined> {
  try {
    const servers = natsServers.map(({ url }) => url);
    const nats = await connect({ servers, timeout: answerMs });
    try {
      const { cluster } = await (await jetstreamManager(nats, { checkAPI: false })).streams.info(stream);
      return natsServers.find(({ name }) => name === cluster?.leader);
    } finally {
      await nats.close();
    }
  } catch {
    return undefined;
  }
}

/** The member that is primary now; `undefined` while nobody is, or none answers. */
export async function primaryOf({ mongods, mongoUrl }: LocalSystem): Promise<LocalProgram | undefined> {
  const client = new MongoClient(mongoUrl, { serverSelectionTimeoutMS: answerMs });
  try {
    const { primary } = await client.db('admin').command({ hello: 1 });
    return mongods.find(({ port }) => String(primary).endsWith(`:${port}`));
  } catch {
    return undefined;
  } finally {
    await client.close();
  }
}
