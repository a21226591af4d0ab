import { readFileSync } from 'node:fs';
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { ConfigError } from '../config/index.ts';
import { type Logger, readPasswordFile, retryUntil } from '../runtime/index.ts';
import type { BusSettings } from './bus-settings.ts';

/** Group commit for `sync_interval: always` and consumer reset came with this one. */
const leastServer = [2, 15] as const;

/** The client's defaults give up after ten tries, find a dead peer after minutes and trace every request: not here. */
function optionsOf(settings: BusSettings, name: string): NodeConnectionOptions {
  const { natsUrls, natsUser, natsPasswordFile, natsCaFile } = settings;
  return {
    servers: [...natsUrls],
    name,
    inboxPrefix: `_INBOX.${name}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 500,
    reconnectJitterTLS: 500,
    ignoreAuthErrorAbort: true,
    pingInterval: 5_000,
    maxPingOut: 2,
    timeout: 3_000,
    noAsyncTraces: true,
    ...(natsUser === '' ? {} : { user: natsUser, pass: readPasswordFile(natsPasswordFile) }),
    ...(natsCaFile === '' ? {} : { tls: { ca: readAuthority(natsCaFile) } }),
  };
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`cannot read GAPLESS_NATS_CA_FILE: ${(error as Error).message}`);
  }
}

/** Waits for a server as long as it takes; one that is too old is refused for good. */
export async function openConnection(
  settings: BusSettings,
  deps: { name: string; logger: Logger; signal: AbortSignal },
): Promise<NatsConnection> {
  const { name, logger, signal } = deps;
  const options = optionsOf(settings, name);
  const connection = await retryUntil(() => connect(options), {
    firstMs: 200,
    maxMs: 3_000,
    signal,
    failed: (error, attempt) => {
      if (attempt === 0 || attempt % 10 === 9) {
        logger.warn({ servers: settings.natsUrls, why: (error as Error).message }, 'waiting for NATS');
      }
    },
  });
  if (connection === undefined) throw new Error('stopped while waiting for NATS');
  const version = connection.info?.version ?? '0.0.0';
  if (!isAtLeast(version, leastServer)) {
    await connection.close();
    throw new ConfigError(`NATS server ${version} is too old: Gapless needs ${leastServer.join('.')} or newer`);
  }
  return connection;
}

export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ma = 0, mi = 0] = version.split(/[.-]/).map(Number);
  return ma > major || (ma === major && mi >= minor);
}
