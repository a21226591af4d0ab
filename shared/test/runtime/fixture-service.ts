import { once } from 'node:events';
import { ConfigError } from '../../src/config/index.ts';
import { runService, type Service, type ServiceContext } from '../../src/runtime/index.ts';

/** A service that does as its first argument says; run by `run-service.test.ts` as a process of its own. */
const mode = process.argv[2];
const say = (word: string): void => void process.stdout.write(`${word}\n`);

const create = ({ stop }: ServiceContext): Service => ({
  async start() {
    say('start');
    if (mode === 'bad-file') throw new ConfigError('cannot read /nowhere: no such file');
    if (mode === 'bug-at-start') throw new TypeError('undefined is not a function');
    if (mode === 'slow-start') await new Promise((resolve) => setTimeout(resolve, 60_000));
    if (mode === 'bug') setTimeout(() => JSON.parse('{'), 20);
    if (mode === 'rejection') void Promise.reject(new Error('nobody looks at this'));
    if (mode === 'told' || mode === 'told-and-stuck') stop?.('told to');
    setInterval(() => undefined, 1_000);
  },
  async close() {
    say('closing');
    if (mode === 'told') await once(process, 'SIGTERM');
    if (mode === 'stuck' || mode === 'told-and-stuck') await new Promise(() => undefined);
    if (mode === 'fails-to-close') throw new Error('no');
    await new Promise((resolve) => setTimeout(resolve, 50));
    say('closed');
  },
  obstacles: () => (mode === 'obstacle' ? ['MongoDB is away'] : []),
});

await runService('edge', create);
