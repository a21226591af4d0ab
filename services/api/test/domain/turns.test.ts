import { Failure } from '@gapless/shared/errors';
import t from 'tap';
import { createTurns } from '../../src/domain/files/turns.ts';

const busy = new Failure('busy', { retryMs: 2_000 });

t.test(
  'work has its turn in the order in which it came; what would wait too long or too far behind is told',
  async (t) => {
    const turns = createTurns({ atOnce: 1, mayWait: 1, waitMs: 1 });
    const ends: (() => void)[] = [];
    const first = turns(() => new Promise<void>((resolve) => void ends.push(resolve)));
    const second = turns(async () => 'never');
    await t.rejects(
      turns(async () => 'never'),
      busy,
      'one may wait',
    );
    await t.rejects(second, busy, 'and not for long');
    for (const end of ends) end();
    await first;
    t.equal(await turns(async () => 'third'), 'third', 'who gave up has no turn');

    const patient = createTurns({ atOnce: 1, mayWait: 3, waitMs: 60_000 });
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((n) => patient(async () => void order.push(n))));
    t.same(order, [1, 2, 3]);
  },
);
