import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createLocalProgram, type LocalProgram, type Supervisor } from './local-program.ts';
import { pollUntil } from './poll-until.ts';

export interface NatsEngine extends LocalProgram {
  readonly url: string;
  readonly port: number;
  /** JetStream's folder: a test copies it away and back to play a restored backup. */
  readonly storeDir: string;
}

export interface NatsEngineOptions {
  /** Path of nats-server. */
  readonly program: string;
  /** Holds configuration, store and log. */
  readonly dir: string;
  readonly port: number;
  readonly name?: string;
  readonly maxFileStoreBytes?: number;
  /** `always`: what is acknowledged survives a power cut, at the price of an fsync for each group of writes. */
  readonly syncInterval?: string;
  /** More of the server's configuration; files that it includes lie in `dir`. */
  readonly config?: string;
  readonly supervisor?: Supervisor;
}

/** A bound for the sum of all streams' `max_bytes`, which the server sets aside on paper. */
const maxFileStoreBytes = 256 * 1024 ** 3;

/** A NATS server with JetStream; nothing runs before `start`. */
export function createNatsEngine(options: NatsEngineOptions): NatsEngine {
  const { program, dir, port, name = 'nats', supervisor } = options;
  const storeDir = join(dir, 'store');
  const configFile = join(dir, `${name}.conf`);
  mkdirSync(storeDir, { recursive: true });
  writeFileSync(configFile, configText(options, name, storeDir));
  const logFile = join(dir, `${name}.log`);
  const local = createLocalProgram({
    process: { name, command: program, args: ['-c', configFile], env: {}, logFile, manner: 'gently' },
    readyDeadlineMs: 60_000,
    ready: (signal) => pollUntil(() => greets(port), signal),
    ...(supervisor !== undefined && { supervisor }),
  });
  return { ...local, url: `nats://127.0.0.1:${port}`, port, storeDir };
}

function configText(options: NatsEngineOptions, name: string, storeDir: string): string {
  const { port, syncInterval } = options;
  const jetStream = [
    `store_dir: ${JSON.stringify(storeDir)}`,
    `max_file_store: ${options.maxFileStoreBytes ?? maxFileStoreBytes}`,
    ...(syncInterval === undefined ? [] : [`sync_interval: ${syncInterval}`]),
  ];
  return [
    `server_name: ${name}`,
    `listen: "127.0.0.1:${port}"`,
    'jetstream {',
    ...jetStream.map((line) => `  ${line}`),
    '}',
    options.config ?? '',
    '',
  ].join('\n');
}

/** The first thing a NATS server says; it accepts connections only once its streams are recovered. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const answer = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.once('data', (data) => answer(data.toString('utf8').includes('"jetstream":true')));
    socket.once('timeout', () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
  });
}
