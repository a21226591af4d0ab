import { Failure } from '@gapless/shared/errors';
import t from 'tap';
import { createTurns } from '../../src/repositories/turns.ts';

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

t.test('work of one key runs in its order, one at a time, whatever fails', async (t) => {
  const turns = createTurns({ mayWait: 10, patienceMs: 1_000 });
  const steps: string[] = [];
  const work = (name: string) => async () => {
    steps.push(`${name} begins`);
    await soon();
    steps.push(`${name} ends`);
    if (name === 'b') throw new Error(name);
    return name;
  };
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => turns('key', work(name))));
  t.same(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  t.same(steps, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

t.test('keys do not wait for each other', async (t) => {
  const turns = createTurns({ mayWait: 10, patienceMs: 1_000 });
  void turns('slow', () => new Promise(() => undefined));
  t.equal(await turns('other', async () => 'done'), 'done');
});

t.test('a line that is too long takes nobody more', async (t) => {
  const turns = createTurns({ mayWait: 2, patienceMs: 1_000 });
  const first = turns('key', soon);
  const second = turns('key', soon);
  await t.rejects(turns('key', soon), new Failure('busy', { retryMs: 1_000 }));
  await Promise.all([first, second]);
  await turns('key', soon);
});

t.test('a turn that comes too late is not taken', async (t) => {
  const turns = createTurns({ mayWait: 2, patienceMs: 200 });
  let finish: () => void = () => undefined;
  const first = turns(
    'key',
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  const late = turns('key', async () => t.fail('ran too late'));
  setTimeout(() => finish(), 300);
  await t.rejects(late, new Failure('busy', { retryMs: 1_000 }));
  await first;
});
