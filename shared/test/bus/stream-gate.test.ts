import t, { type Test } from 'tap';
import type { Vouched } from '../../src/bus/index.ts';
import { createStreamGate } from '../../src/bus/stream-gate.ts';
import { silentLogger } from '../../src/runtime/index.ts';

const until = async (check: () => boolean) => {
  for (let i = 0; i < 200 && !check(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
};

function setup(t: Test, vouch: (stream: string) => Promise<Vouched>) {
  const gate = createStreamGate({ streams: ['ROOM_0'], vouch, logger: silentLogger(), opened: () => undefined });
  t.teardown(() => gate.stop());
  return gate;
}

t.test('opens only when somebody vouches', async (t) => {
  let refusals = 3;
  const gate = setup(t, async () => {
    if (refusals-- > 0) throw new Error('not yet');
    return { created: 'c', floor: 10, gen: 'g' };
  });
  t.notOk(gate.isOpen('ROOM_0'));
  t.equal(gate.generation(), undefined);
  gate.reopen();
  await until(() => gate.isOpen('ROOM_0'));
  t.equal(gate.floor('ROOM_0'), 10);
  t.equal(gate.generation(), 'g');
  t.strictSame(gate.obstacles(), []);
});

t.test('an answer to a question from before a disconnect does not open it', async (t) => {
  let answer: (vouched: Vouched) => void = () => undefined;
  let asked = 0;
  const gate = setup(t, () => {
    asked++;
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  gate.reopen();
  await until(() => asked === 1);
  gate.closeAll('NATS is away');
  gate.reopen();
  answer({ created: 'c', floor: 1, gen: 'g' });
  await until(() => asked === 2);
  t.notOk(gate.isOpen('ROOM_0'), 'still closed');
  answer({ created: 'c', floor: 2, gen: 'g' });
  await until(() => gate.isOpen('ROOM_0'));
  t.equal(gate.floor('ROOM_0'), 2);
});

t.test('does not ask while the connection is away', async (t) => {
  let asked = 0;
  const gate = setup(t, async () => {
    asked++;
    return { created: 'c', floor: 1, gen: 'g' };
  });
  gate.reopen();
  await until(() => gate.isOpen('ROOM_0'));
  gate.closeAll('NATS is away');
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.equal(asked, 1);
  t.match(gate.obstacles(), ['stream ROOM_0: NATS is away']);
});

t.test('closes when the stream turns out to be another one', async (t) => {
  let created = 'first';
  const gate = setup(t, async () => ({ created, floor: 1, gen: 'g' }));
  gate.reopen();
  await until(() => gate.isOpen('ROOM_0'));
  gate.compare('ROOM_0', 'first');
  t.ok(gate.isOpen('ROOM_0'));
  created = 'second';
  gate.compare('ROOM_0', 'second');
  t.notOk(gate.isOpen('ROOM_0'));
  await until(() => gate.isOpen('ROOM_0'));
  t.ok(gate.isOpen('ROOM_0'), 'vouched for anew');
});
