import { fileURLToPath } from 'node:url';
import { startOrdered } from '../ordered-process.ts';
import type { StartPeer } from './peer.ts';
import { standIns } from './stand-ins.ts';

const script = fileURLToPath(new URL('../../peers/bare-uws/server.js', import.meta.url));

/** The floor of fan-out: one process, and nothing that stores. */
export const startBareUws: StartPeer = async (ends, count) => {
  const server = startOrdered<never, { say: 'listening'; port: number }>('bare server', script);
  ends.teardown(server.close);
  const { port } = await server.first();
  return {
    name: 'bare uWS',
    version: 'uws-pack 20.0.8',
    urls: [`ws://127.0.0.1:${port}/ws`],
    population: standIns(count),
    dialect: 'plain',
    acknowledges: false,
    pids: { servers: [server.pid], brokers: [], others: [] },
  };
};
