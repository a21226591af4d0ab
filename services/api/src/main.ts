import { runService } from '@gapless/shared/runtime';
import { createApi } from './app.ts';

await runService('api', createApi);
