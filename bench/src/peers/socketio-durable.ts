import { fileURLToPath } from 'node:url';
import { freePorts } from '@gapless/shared/local';
import { engines, scratchFor, startMongo, type Teardown } from '@gapless/shared/testing';
import type { ListenOrder } from '../../peers/socketio-durable/server.ts';
import type { WriteOrder } from '../../peers/socketio-durable/writer.ts';
import { startOrdered } from '../ordered-process.ts';
import { installedProgram } from './installed-program.ts';
import type { StartPeer } from './peer.ts';
import { createRabbitEngine, type RabbitEngine, type RabbitPrograms } from './rabbit-engine.ts';
import { socketIoVersion, startChatServers, startRedis } from './socketio-redis.ts';
import { standIns } from './stand-ins.ts';

const serverScript = fileURLToPath(new URL('../../peers/socketio-durable/server.js', import.meta.url));
const writerScript = fileURLToPath(new URL('../../peers/socketio-durable/writer.js', import.meta.url));

const rabbitPackage = 'rabbitmq-server';
export const rabbitPrograms = {
  server: { program: rabbitPackage, place: '/usr/lib/rabbitmq/bin/rabbitmq-server', package: rabbitPackage },
  epmd: { program: 'epmd', package: 'erlang-base' },
} as const;

/** Two processes of Socket.IO and a Redis; a RabbitMQ and a consumer that stores in MongoDB what the room then gets. */
export const startSocketIoDurable: StartPeer = async (ends, count) => {
  const redis = await startRedis(ends);
  const rabbit = await startRabbit(ends, await installedRabbit());
  const mongo = await startMongo(ends);
  const writer = startOrdered<WriteOrder, { say: 'writing' }>('writer', writerScript);
  ends.teardown(writer.close);
  await writer.ask({ amqpUrl: rabbit.url, mongoUrl: mongo.url }, () => true);
  const order = { redisUrl: redis.url, amqpUrl: rabbit.url };
  const servers = await startChatServers<ListenOrder>(ends, serverScript, order);
  const { mongod } = await engines();
  return {
    name: 'Socket.IO + Redis + RabbitMQ + MongoDB',
    version: `${socketIoVersion} × 2, Redis ${redis.version()}, RabbitMQ ${rabbit.version()}, MongoDB ${mongod.version}`,
    urls: servers.urls,
    population: standIns(count),
    dialect: 'socket.io',
    acknowledges: true,
    get pids() {
      return { servers: servers.pids, brokers: [redis.pid(), rabbit.pid(), writer.pid, mongo.pid()], others: [] };
    },
  };
};

async function installedRabbit(): Promise<RabbitPrograms> {
  const { server, epmd } = rabbitPrograms;
  return { server: await installedProgram(server), epmd: await installedProgram(epmd) };
}

async function startRabbit(ends: Teardown, programs: RabbitPrograms): Promise<RabbitEngine> {
  const [epmd, amqp, distribution] = (await freePorts(3)) as [number, number, number];
  const rabbit = createRabbitEngine({ programs, dir: scratchFor(ends), ports: { epmd, amqp, distribution } });
  ends.teardown(() => rabbit.stop());
  await rabbit.start();
  return rabbit;
}
