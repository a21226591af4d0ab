import { fileURLToPath } from 'node:url';
import { freePort } from '@gapless/shared/local';
import { scratchFor, type Teardown } from '@gapless/shared/testing';
import type { ListenOrder } from '../../peers/socketio-redis/server.ts';
import { startOrdered } from '../ordered-process.ts';
import { installedProgram } from './installed-program.ts';
import type { StartPeer } from './peer.ts';
import { createRedisEngine, type RedisEngine } from './redis-engine.ts';
import { standIns } from './stand-ins.ts';

export const socketIoVersion = 'Socket.IO 4.8.4';
export const redisProgram = { program: 'redis-server', package: 'redis-server' } as const;
const script = fileURLToPath(new URL('../../peers/socketio-redis/server.js', import.meta.url));

/** Two processes of Socket.IO and the Redis between them. */
export const startSocketIoRedis: StartPeer = async (ends, count) => {
  const redis = await startRedis(ends);
  const servers = await startChatServers<ListenOrder>(ends, script, { redisUrl: redis.url });
  return {
    name: 'Socket.IO + Redis',
    version: `${socketIoVersion} × 2, Redis ${redis.version()}`,
    urls: servers.urls,
    population: standIns(count),
    dialect: 'socket.io',
    acknowledges: true,
    get pids() {
      return { servers: servers.pids, brokers: [redis.pid()], others: [] };
    },
  };
};

export async function startRedis(ends: Teardown): Promise<RedisEngine> {
  const program = await installedProgram(redisProgram);
  const redis = createRedisEngine({ program, dir: scratchFor(ends), port: await freePort() });
  ends.teardown(() => redis.stop());
  await redis.start();
  return redis;
}

/** As many as Gapless has edges; clients use WebSocket alone. */
export async function startChatServers<O extends object>(ends: Teardown, file: string, order: O) {
  const urls: string[] = [];
  const pids: number[] = [];
  for (const name of ['first Socket.IO server', 'second Socket.IO server']) {
    const server = startOrdered<O, { say: 'listening'; port: number }>(name, file);
    ends.teardown(server.close);
    const port = await server.ask(order, (answer) => answer.port);
    urls.push(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    pids.push(server.pid);
  }
  return { urls, pids };
}
