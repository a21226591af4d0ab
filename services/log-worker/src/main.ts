import { runService } from '@gapless/shared/runtime';
import { createWorker } from './worker.ts';

await runService('log-worker', createWorker);
