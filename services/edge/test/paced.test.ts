import { Failure } from '@gapless/shared/errors';
import type { ClientFrame } from '@gapless/shared/protocol';
import t from 'tap';
import type { Handlers } from '../src/handlers/index.ts';
import { createLoadGate } from '../src/load-gate.ts';
import { paced } from '../src/paced.ts';
import { fakeSession } from './fake-session.ts';

const operations = ['send', 'whisper', 'edit', 'del', 'react', 'hist'];
const frame = { t: 'send', i: 1 } as ClientFrame;

/** A gate that takes fifty a second, ten at once. */
function strained() {
  let now = 1_000;
  const gate = createLoadGate({ overloadDelayMs: 250, clock: { now: () => now } });
  for (let window = 0; window < 60; window++) {
    for (let n = 0; n < 100; n++) if (gate.take() === 0 && n < (window < 5 ? 50 : 5)) gate.done();
    gate.turned(1_000);
    now += 500;
    gate.look();
  }
  return gate;
}

for (const [how, fail] of [
  ['at once', () => throwNotMember()],
  ['later', async () => throwNotMember()],
] as const) {
  t.test(`what fails ${how} behind the gate takes nothing from those who are in the right`, async (t) => {
    const gate = strained();
    const { session } = fakeSession();
    const refused = { n: 0 };
    const metrics = { errors: { inc: () => void refused.n++ } };
    const handlersThat = (run: () => void | Promise<void>) =>
      paced(Object.fromEntries(operations.map((op) => [op, { phases: ['ready'], run }])) as unknown as Handlers, {
        gate,
        metrics: metrics as never,
      });
    const wrong = handlersThat(fail);
    for (let n = 0; n < 100; n++)
      await t.rejects(async () => wrong.send.run(session, frame), new Failure('not_member'));
    t.equal(refused.n, 0);
    const right = handlersThat(() => undefined);
    for (let n = 0; n < 10; n++) await right.send.run(session, frame);
    t.equal(refused.n, 0, 'what may come at once is all there');
    await right.send.run(session, frame);
    t.equal(refused.n, 1);
  });
}

function throwNotMember(): never {
  throw new Failure('not_member');
}
