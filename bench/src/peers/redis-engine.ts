import { connect } from 'node:net';
import { join } from 'node:path';
import { createLocalProgram, type LocalProgram, pollUntil } from '@gapless/shared/local';

export interface RedisEngine extends LocalProgram {
  readonly url: string;
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
  return { ...local, url: `redis://127.0.0.1:${port}` };
}

/** Whether a server answers a greeting as it should. */
export function answers(port: number, greeting: string, expected: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const answer = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.once('connect', () => socket.write(greeting));
    socket.once('data', (data) => answer(data.toString('latin1').startsWith(expected)));
    for (const end of ['timeout', 'error', 'close']) socket.once(end, () => answer(false));
  });
}
