import { dirname, join } from 'node:path';
import { createLocalProgram, type LocalProgram, pollUntil } from '@gapless/shared/local';
import { answers, saidVersion } from './greeting.ts';

/** A RabbitMQ and the port mapper that Erlang wants beside it. */
export interface RabbitEngine {
  readonly url: string;
  /** As it says itself, once it is started. */
  version(): string;
  pid(): number;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Their paths. */
export interface RabbitPrograms {
  readonly epmd: string;
  readonly server: string;
}

export interface RabbitEngineOptions {
  readonly programs: RabbitPrograms;
  readonly dir: string;
  readonly ports: { readonly epmd: number; readonly amqp: number; readonly distribution: number };
}

const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const namesRequest = '\x00\x01n';
const amqpHeader = 'AMQP\x00\x00\x09\x01';
const methodFrame = '\x01';

/** Its defaults, no plugins, everything in one folder and on 127.0.0.1. Nothing runs before `start`. */
export function createRabbitEngine(options: RabbitEngineOptions): RabbitEngine {
  const epmd = createEpmd(options);
  const broker = createBroker(options);
  return {
    url: `amqp://guest:guest@127.0.0.1:${options.ports.amqp}`,
    version: () => saidVersion(broker.logFile, /RabbitMQ ([\d.]+)/),
    pid: () => broker.pid(),
    start: async () => {
      await epmd.start();
      await broker.start();
    },
    stop: async () => {
      await broker.stop();
      await epmd.stop();
    },
  };
}

/** Started by hand on a port of its own: the one that Erlang starts by itself would outlive everything. */
function createEpmd({ programs, dir, ports }: RabbitEngineOptions): LocalProgram {
  return createLocalProgram({
    process: {
      name: 'epmd',
      command: programs.epmd,
      args: ['-port', String(ports.epmd), '-address', '127.0.0.1'],
      env: {},
      logFile: join(dir, 'epmd.log'),
      manner: 'gently',
    },
    readyDeadlineMs: 20_000,
    ready: (signal) => pollUntil(() => answers(ports.epmd, namesRequest, ''), signal),
  });
}

function createBroker({ programs, dir, ports }: RabbitEngineOptions): LocalProgram {
  const nothing = join(dir, 'nothing');
  return createLocalProgram({
    process: {
      name: 'rabbitmq',
      command: programs.server,
      args: [],
      env: {
        PATH: `${dirname(programs.epmd)}:${systemPath}`,
        HOME: dir,
        ERL_EPMD_PORT: String(ports.epmd),
        RABBITMQ_NODENAME: 'bench@localhost',
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(ports.amqp),
        RABBITMQ_DIST_PORT: String(ports.distribution),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
        RABBITMQ_MNESIA_BASE: join(dir, 'data'),
        RABBITMQ_LOG_BASE: dir,
        RABBITMQ_LOGS: '-',
        RABBITMQ_CONFIG_FILE: nothing,
        RABBITMQ_CONF_ENV_FILE: nothing,
        RABBITMQ_ENABLED_PLUGINS_FILE: nothing,
        // Its script becomes Erlang instead of waiting for it: signals and CPU time are the broker's own.
        RUNNING_UNDER_SYSTEMD: 'true',
      },
      logFile: join(dir, 'rabbitmq.log'),
      manner: 'gently',
    },
    readyDeadlineMs: 90_000,
    ready: (signal) => pollUntil(() => answers(ports.amqp, amqpHeader, methodFrame), signal),
  });
}
