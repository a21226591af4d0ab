import { runService } from '@gapless/shared/runtime';
import { createEdge } from './edge.ts';
import { asChild, createProcesses, isChild } from './processes.ts';

await runService('edge', (context) => {
  if (isChild()) return asChild(createEdge(context));
  const { edgeProcesses } = context.config;
  return edgeProcesses > 1 ? createProcesses(context, { script: import.meta.filename }) : createEdge(context);
});
