import { Failure } from '@gapless/shared/errors';
import t from 'tap';
import { ifVersionIs, isKnown, tagOf, versionsAllowed } from '../src/routes/entity-tags.ts';

t.test('If-Match names versions by strong tags', async (t) => {
  t.equal(versionsAllowed(undefined), undefined, 'nothing is asked');
  t.equal(versionsAllowed('*'), undefined, 'whatever it is');
  t.equal(versionsAllowed(' * '), undefined);
  t.same(versionsAllowed('"3"'), [3]);
  t.same(versionsAllowed('"3", "5" ,"7"'), [3, 5, 7]);
  t.same(versionsAllowed('W/"3"'), [], 'weak tags never match');
  t.same(versionsAllowed('W/"3", "4"'), [4]);
  for (const none of ['3', '""', '"three"', '"-1"', '"1e3"', '"1234567890123456"', '', '"3', '"*"', '"3\u00a0"']) {
    t.same(versionsAllowed(none), [], `${none} is none of ours`);
  }
  const many = Array.from({ length: 1_000 }, (_, n) => `"${n}"`).join(', ');
  t.equal(versionsAllowed(many)?.length, 10, 'a list is bounded');
});

t.test('If-None-Match knows weak tags and lists', async (t) => {
  const tag = tagOf(3);
  for (const list of ['"3"', 'W/"3"', '"1", "3"', '*', '"1",W/"3"']) t.ok(isKnown(list, tag), list);
  for (const list of [undefined, '', '"30"', '3', '"1", "2"', 'W/"33"']) t.notOk(isKnown(list, tag), String(list));
});

t.test('what is asked under a condition is carried out where one of the versions is the present one', async (t) => {
  const tried: (number | undefined)[] = [];
  const carryOut = async ({ ifVersion }: { readonly ifVersion?: number }) => {
    tried.push(ifVersion);
    if (ifVersion !== undefined && ifVersion !== 5) throw new Failure('stale');
    return 'done';
  };
  t.equal(await ifVersionIs(undefined, carryOut), 'done');
  t.equal(await ifVersionIs([3, 5, 7], carryOut), 'done');
  t.same(tried, [undefined, 3, 5], 'and not again');
  const refusal = (work: Promise<unknown>) => work.catch((error: Failure) => error.kind);
  t.equal(await refusal(ifVersionIs([3, 7], carryOut)), 'stale');
  t.equal(await refusal(ifVersionIs([], carryOut)), 'stale');
  const forbidden = () => Promise.reject(new Failure('forbidden'));
  t.equal(await refusal(ifVersionIs([3, 7], forbidden)), 'forbidden');
});
