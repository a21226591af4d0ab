import { type ActId, newId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import type { ActPage } from '../../src/domain/admin/audit-store.ts';
import { createAuditStore } from '../../src/repositories/audit.ts';
import { explain } from '../support/explain.ts';
import { aDatabaseOfPeople } from '../support/people.ts';

const { db } = await aDatabaseOfPeople(t, await startMongo(t));
const store = createAuditStore(db);

/** One act each second, by two in turn; of the last second there are three. */
const seconds = 400;
const begin = Date.now() - 3_600_000;
const second = (n: number, moreMs = 0) => new Date(begin + n * 1_000 + moreMs);
const numbers = [...Array.from({ length: seconds }, (_, n) => n), seconds - 1, seconds - 1];
await Promise.all(
  numbers.map((n) => {
    const at = second(n);
    const act = { id: newId<ActId>(at.getTime()), at, until: second(n, 86_400_000), address: '127.0.0.1' };
    return store.begin({ ...act, actor: `key:${n % 2}`, command: 'rooms.freezeAny', targets: ['room'] });
  }),
);

const list = (page: Partial<ActPage>) => store.list({ below: undefined, limit: 100, ...page });
const found = async (page: Partial<ActPage>) => (await list(page)).map(({ at }) => (at.getTime() - begin) / 1_000);

t.test('acts are found by when they were, from a moment on and before another, the newest first', async (t) => {
  t.same(await found({ since: second(100), until: second(105) }), [104, 103, 102, 101, 100]);
  t.same(await found({ since: second(100, 1), until: second(104, 1) }), [104, 103, 102, 101]);
  t.same(await found({ since: second(100), until: second(105), actor: 'key:0' }), [104, 102, 100]);
  t.same(await found({ since: second(100), until: second(105), target: 'nobody' }), []);
  t.same(await found({ since: second(105), until: second(100) }), []);
  t.same(await found({ since: new Date(-1), until: second(2) }), [1, 0], 'before there was anything');
  t.same(await found({ until: new Date(-1) }), []);
});

t.test('those of one moment are all in or all out', async (t) => {
  const last = second(seconds - 1);
  t.same(await found({ since: last }), [399, 399, 399]);
  t.same(await found({ since: second(seconds - 2), until: last }), [398]);
  t.same(await found({ since: last, until: second(seconds) }), [399, 399, 399]);
});

t.test('a page goes on below the last act of the one before', async (t) => {
  const times = { since: second(100), until: second(105) };
  const page = await list({ ...times, limit: 2 });
  t.same(await found({ ...times, below: page[1]?.id }), [102, 101, 100]);
});

t.test('of a time long ago no more is looked at than what was then', async (t) => {
  const times = { since: second(100), until: second(110) };
  for (const among of [{}, { actor: 'key:0' }, { target: 'room' }, { command: 'rooms.freezeAny' }]) {
    const operations = await explain(db, () => list({ ...times, ...among }));
    const [plan] = operations.filter(({ collection, op }) => collection === 'audit' && op === 'query');
    t.match(plan, { returned: 'actor' in among ? 5 : 10 });
    t.ok(plan !== undefined && plan.docsExamined <= 10, `${plan?.docsExamined} by ${plan?.indexes}`);
  }
});
