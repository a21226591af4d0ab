import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalProgram, freePort, pollUntil } from '@gapless/shared/local';
import { scratchFor } from '@gapless/shared/testing';
import { answers, saidVersion } from './greeting.ts';
import { installedProgram } from './installed-program.ts';
import type { StartPeer } from './peer.ts';
import { standIns } from './stand-ins.ts';

export const centrifugoProgram = { program: 'centrifugo' } as const;

/** What makes a channel's publications recoverable; without it they pass through. */
const withHistory = { history_size: 300, history_ttl: '300s', force_recovery: true };

export const startCentrifugo = startWith('Centrifugo', {});
export const startCentrifugoHistory = startWith('Centrifugo, history', withHistory);

/** One process with everything in its memory. */
function startWith(name: string, channel: object): StartPeer {
  return async (ends, count) => {
    const command = await installedProgram(centrifugoProgram);
    const [dir, port] = [scratchFor(ends), await freePort()];
    const config = join(dir, 'config.json');
    writeFileSync(config, JSON.stringify(configOf(port, channel)));
    const server = createLocalProgram({
      process: {
        name: 'centrifugo',
        command,
        args: ['-c', config],
        env: {},
        logFile: join(dir, 'log'),
        manner: 'gently',
      },
      readyDeadlineMs: 20_000,
      ready: (signal) => pollUntil(() => answers(port, 'GET /health HTTP/1.0\r\n\r\n', 'HTTP/1.0 200 OK'), signal),
    });
    ends.teardown(() => server.stop());
    await server.start();
    return {
      name,
      version: `Centrifugo ${saidVersion(server.logFile, /"version":"([\d.]+)"/)}`,
      urls: [`ws://127.0.0.1:${port}/connection/websocket`],
      population: standIns(count),
      dialect: 'centrifugo',
      acknowledges: true,
      get pids() {
        return { servers: [server.pid()], brokers: [], others: [] };
      },
    };
  };
}

/** Nobody needs a token, and everybody may publish: less to do than it would have. */
const configOf = (port: number, channel: object) => ({
  http_server: { address: '127.0.0.1', port },
  health: { enabled: true },
  client: { insecure: true },
  channel: { without_namespace: { allow_subscribe_for_client: true, allow_publish_for_client: true, ...channel } },
});
