import type { UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { createBlocks } from '../../src/domain/people/blocks.ts';
import { createUserSearch } from '../../src/domain/people/user-search.ts';
import { createBlockStore } from '../../src/repositories/blocks.ts';
import { createProfileStore } from '../../src/repositories/profiles.ts';
import { explain } from '../support/explain.ts';
import { aDatabaseOfPeople, alone } from '../support/people.ts';
import { refusal } from '../support/refusal.ts';

const { client, db, add, accounts } = await aDatabaseOfPeople(t, await startMongo(t));
const clock = { now: Date.now };
const blocks = createBlocks({ store: createBlockStore(client, db), clock, ...alone });
const store = createProfileStore(client, db, 1_000);
const search = createUserSearch({ store, blocks });
const reader = await add('reader');

const names = async (prefix: string, by = reader) =>
  (await search.byNickname(by, prefix, { limit: 50 })).items.map(({ nickname }) => nickname);

t.test('a nickname is found by its beginning, whatever its case and form', async (t) => {
  for (const nickname of ['Zoë', 'zoetrope', 'ZOO', 'azo']) await add(nickname);
  t.same(await names('zo'), ['zoetrope', 'Zoë', 'ZOO']);
  t.same(await names('ＺＯＥ'), ['zoetrope', 'Zoë']);
  t.same(await names('zoë'), ['Zoë']);
  t.same(await names('zo\u0065\u0308'), ['Zoë'], 'taken apart or not');
  t.same(await names('zox'), []);
});

t.test('a Korean nickname is found with each key that is typed', async (t) => {
  for (const nickname of ['한글', '하늘', '홍길동']) await add(nickname);
  t.same((await names('ㅎ')).sort(), ['하늘', '한글', '홍길동']);
  t.same((await names('하')).sort(), ['하늘', '한글']);
  t.same(await names('한'), ['한글']);
  t.same(await names('한ㄱ'), ['한글']);
  t.same(await names('한글'), ['한글']);
  t.same(await names('홍길'.normalize('NFD')), ['홍길동']);
});

t.test('what people type is text: no pattern, no operator', async (t) => {
  for (const text of ['.*', '^z', '$gt', '\u0000', '{"$ne":1}', '%', '\u{10ffff}']) t.same(await names(text), [], text);
});

t.test('pages go on where they ended, whoever comes and goes in between', async (t) => {
  for (let n = 10; n < 30; n++) await add(`page-${n}`);
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let n = 0; n === 0 || cursor !== undefined; n++) {
    const page = await search.byNickname(reader, 'page-', { cursor, limit: 7 });
    seen.push(...page.items.map(({ nickname }) => nickname));
    cursor = page.next;
    await add(`page-0${n}`);
  }
  t.same(
    seen,
    Array.from({ length: 20 }, (_, n) => `page-${n + 10}`),
  );
  const { next } = await search.byNickname(reader, 'page-', { limit: 1 });
  await t.rejects(search.byNickname(reader, 'zo', { cursor: next, limit: 1 }), refusal('invalid_cursor'));
  await t.rejects(search.byNickname(reader, 'zo', { cursor: 'no cursor', limit: 1 }), refusal('invalid_cursor'));
});

t.test('who is disabled or has a block with the reader is on no page', async (t) => {
  const [out, blocker, blocked] = [await add('hid-1'), await add('hid-2'), await add('hid-3')];
  await add('hid-4');
  await accounts.disable(out, new Date());
  await blocks.block(blocker, reader);
  await blocks.block(reader, blocked);
  t.same(await names('hid'), ['hid-4']);
  const first = await search.byNickname(reader, 'hid', { limit: 2 });
  t.same(first.items, [], 'a page may be short');
  const told = Buffer.from((await search.byNickname(reader, 'hid', { limit: 1 })).next ?? '', 'base64url').toString();
  t.equal(told, blocker, 'and where it ends tells nobody’s nickname');
  t.match((await search.byNickname(reader, 'hid', { limit: 2, cursor: first.next })).items, [{ nickname: 'hid-4' }]);
  await accounts.enable(out);
  t.same(await names('hid'), ['hid-1', 'hid-4']);
});

t.test('a whole address finds its owner where he allows it, with the same work in any case', async (t) => {
  const [open, shut, off, blocker] = await Promise.all([add(), add(), add(), add()]);
  for (const user of [open, off, blocker]) {
    await store.change(user as UserId, { findableByEmail: true }, { now: new Date() });
  }
  await accounts.disable(off as UserId, new Date());
  await blocks.block(blocker as UserId, reader);
  const byEmail = async (text: string) => (await search.byEmail(reader, text)).items.map(({ id }) => id);
  t.same(await byEmail(` ${open}@EXAMPLE.org`), [open]);
  const work = async (email: string) =>
    (await explain(db, () => byEmail(email))).map(({ collection, op, stages }) => ({ collection, op, stages }));
  const known = await work(`${open}@example.org`);
  for (const hidden of [`${shut}@example.org`, `${off}@example.org`, `${blocker}@example.org`]) {
    t.same(await byEmail(hidden), []);
    t.same(await work(hidden), known);
  }
  t.same(await byEmail('nobody@example.org'), []);
  t.equal((await work('nobody@example.org')).length, known.length);
});

t.test('an address that nobody has proven to be his finds nobody', async (t) => {
  const user = await add();
  await store.change(user, { findableByEmail: true }, { now: new Date() });
  const users = db.collection<{ _id: string; unproven?: boolean }>('users');
  await users.updateOne({ _id: user }, { $set: { unproven: true } });
  t.same((await search.byEmail(reader, `${user}@example.org`)).items, []);
  await users.updateOne({ _id: user }, { $unset: { unproven: true } });
  t.match((await search.byEmail(reader, `${user}@example.org`)).items, [{ id: user }]);
});

t.test('a search reads of an index what it shows, and no more', async (t) => {
  const pages = () => search.byNickname(reader, 'page-', { limit: 5 });
  const { next } = await pages();
  for (const cursor of [undefined, next]) {
    const plans = await explain(db, () => search.byNickname(reader, 'page-', { limit: 5, cursor }));
    const found = plans.find(({ indexes }) => indexes.includes('search'));
    t.match(found, { collection: 'users', indexes: ['search'], docsExamined: 6, returned: 6 });
  }
});

t.test('what scans a collection or sorts in memory is found out', async (t) => {
  const users = db.collection<{ _id: string }>('users');
  await t.rejects(
    explain(db, () => users.find({ nick: 'x' }).toArray()),
    /COLLSCAN/,
  );
  const sorted = () => users.find({ _id: { $gt: '' } }).sort({ nick: 1 });
  await t.rejects(
    explain(db, () => sorted().toArray()),
    /SORT/,
  );
});
