import { join } from 'node:path';
import { createLocalProgram, type LocalProgram, pollUntil } from '@gapless/shared/local';
import { answers, saidVersion } from './greeting.ts';

export interface RedisEngine extends LocalProgram {
  readonly url: string;
  /** As it says itself, once it is started. */
  version(): string;
}

export interface RedisEngineOptions {
  readonly program: string;
  readonly dir: string;
  readonly port: number;
}

/** Passes on and keeps nothing: what Socket.IO's adapter uses it for. Nothing runs before `start`. */
export function createRedisEngine({ program, dir, port }: RedisEngineOptions): RedisEngine {
  const address = ['--port', String(port), '--bind', '127.0.0.1'];
  const local = createLocalProgram({
    process: {
      name: 'redis',
      command: program,
      args: [...address, '--dir', dir, '--save', '', '--appendonly', 'no'],
      env: {},
      logFile: join(dir, 'redis.log'),
      manner: 'gently',
    },
    readyDeadlineMs: 20_000,
    ready: (signal) => pollUntil(() => answers(port, 'PING\r\n', '+PONG'), signal),
  });
  const version = () => saidVersion(local.logFile, /Redis version=([\d.]+)/);
  return { ...local, version, url: `redis://127.0.0.1:${port}` };
}
