import { destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/** Whatever carries one of these is logged without it: tokens, passwords and what people write. */
const secrets = [
  'password',
  'newPassword',
  'secret',
  'seed',
  'token',
  'tok',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
  'set-cookie',
  'sec-websocket-protocol',
  'body',
  'b',
  'text',
  'raw',
  'bytes',
];

/** Wildcards stand for one level each: an error that holds a request that holds a frame is as deep as anything goes. */
const levels = ['', '*.', '*.*.', '*.*.*.'];

const redact = {
  paths: levels.flatMap((level) => secrets.map((key) => `${level}["${key}"]`.replace('.[', '['))),
  censor: '[redacted]',
};

/** Written before the call returns: the line that tells of a crash is out before the process is. */
export const createLogger = (name: string, level: string): Logger =>
  pino({ name, level, redact, timestamp: stdTimeFunctions.isoTime }, destination({ dest: 1, sync: true }));

export const silentLogger = (): Logger => pino({ level: 'silent' });
