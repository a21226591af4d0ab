import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

/** Whether a server's answer to a greeting begins as it should. */
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

/** What a program wrote of itself when it started. */
export const saidVersion = (logFile: string, pattern: RegExp): string =>
  pattern.exec(readFileSync(logFile, 'utf8'))?.[1] ?? 'unknown';
