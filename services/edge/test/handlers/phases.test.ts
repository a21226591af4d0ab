import { type ClientOp, operations } from '@gapless/shared/protocol';
import t from 'tap';
import { createHandlers, type HandlerDeps } from '../../src/handlers/index.ts';

t.test('what is served when is what the protocol says', async (t) => {
  const handlers = createHandlers({} as HandlerDeps);
  t.same(Object.keys(handlers).sort(), Object.keys(operations).sort());
  for (const [op, { phases }] of Object.entries(handlers)) {
    t.same([...phases], [...operations[op as ClientOp].servedIn], op);
  }
});
