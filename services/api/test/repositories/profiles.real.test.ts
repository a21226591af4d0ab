import { Failure } from '@gapless/shared/errors';
import { newId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { createBlocks } from '../../src/domain/people/blocks.ts';
import { createProfiles } from '../../src/domain/people/profiles.ts';
import { createBlockStore } from '../../src/repositories/blocks.ts';
import { createProfileStore } from '../../src/repositories/profiles.ts';
import { aDatabaseOfPeople, alone } from '../support/people.ts';
import { refusal } from '../support/refusal.ts';

const keptMs = 30 * 86_400_000;
const people = await aDatabaseOfPeople(t, await startMongo(t));
const clock = { time: Date.now(), now: () => clock.time };
const { client, db, add, accounts } = people;
const blocks = createBlocks({ store: createBlockStore(client, db), clock, ...alone });
const profiles = createProfiles({ store: createProfileStore(client, db, keptMs), blocks, clock });
const rename = (user: UserId, nickname: string) => profiles.change(user, { nickname });

t.test('a profile is changed field by field, and what changes nothing is no new version', async (t) => {
  const user = await add();
  t.match(await profiles.mine(user), { version: 1, findableByEmail: false, disabled: false });
  const custom = { team: 'red', deep: { $gt: 1, 'a.b': [null] } };
  t.match(await profiles.change(user, { image: 'https://example.org/a.png', custom }), { version: 2 });
  t.match(await profiles.change(user, { image: 'https://example.org/a.png', custom }), { version: 2 });
  t.same((await profiles.mine(user)).custom, custom);
  t.match(await profiles.change(user, { findableByEmail: true }), { version: 3, image: String, findableByEmail: true });
  const { image, custom: gone } = await profiles.change(user, { image: null, custom: null });
  t.same([image, gone], [undefined, undefined]);
});

t.test('a change of what somebody else has changed since is refused', async (t) => {
  const user = await add();
  await profiles.change(user, { image: 'https://example.org/1' }, 1);
  await t.rejects(profiles.change(user, { image: 'https://example.org/2' }, 1), refusal('stale'));
  t.match(await profiles.mine(user), { image: 'https://example.org/1', version: 2 });
  const racing = [3, 4, 5, 6].map((n) => profiles.change(user, { image: `https://example.org/${n}` }, 2));
  const done = (await Promise.allSettled(racing)).filter(({ status }) => status === 'fulfilled');
  t.equal(done.length, 1, 'of many at once one wins');
});

t.test('data that is too big or too deep changes nothing', async (t) => {
  const user = await add();
  for (const custom of [{ text: 'x'.repeat(5_000) }, { a: { b: { c: { d: {} } } } }, JSON.parse('{"__proto__":1}')]) {
    await t.rejects(profiles.change(user, { nickname: newId().slice(-10), custom }), refusal('invalid_request'));
  }
  t.match(await profiles.mine(user), { version: 1 });
});

t.test('a nickname is one person’s, however many want it at once', async (t) => {
  const users = await Promise.all(Array.from({ length: 6 }, () => add()));
  const outcomes = await Promise.allSettled(
    users.map((user, n) => rename(user, n % 2 === 0 ? 'Wanted' : 'ｗａｎｔｅｄ')),
  );
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') t.match(outcome.reason, { kind: 'nickname_taken' });
  }
});

t.test('a nickname just given up is nobody else’s, and his again who gave it up', async (t) => {
  const [ada, eve] = [await add('Ada'), await add('eve')];
  await rename(ada, 'Countess');
  await t.rejects(rename(eve, 'ADA'), refusal('nickname_taken'));
  await t.rejects(add('ada'), refusal('nickname_taken'), 'neither at sign-up');
  await rename(ada, 'ada');
  await rename(ada, 'Countess');
  clock.time += keptMs + 1;
  await rename(eve, 'ada');
  t.match(await profiles.byNickname(ada, 'Ada'), { id: eve });
});

t.test('nor does anybody get one that looks like a nickname just given up', async (t) => {
  const [ada, eve] = [await add('oasis'), await add('mirage')];
  await rename(ada, 'desert');
  await t.rejects(rename(eve, '0asis'), refusal('nickname_taken'));
  await t.rejects(add('0asis'), refusal('nickname_taken'), 'neither at sign-up');
  await rename(ada, '0asis');
  await t.rejects(rename(eve, 'oasis'), refusal('nickname_taken'));
  await rename(ada, 'desert');
  clock.time += keptMs + 1;
  await rename(eve, '0asis');
});

t.test('who signs up with a nickname in the moment that it is given up does not get it', async (t) => {
  for (let n = 0; n < 8; n++) {
    const nickname = `leaving-${n}`;
    const user = await add(nickname);
    const [left, came] = await Promise.allSettled([rename(user, `left-${n}`), add(nickname)]);
    t.equal(left.status, 'fulfilled');
    t.match(came, { status: 'rejected', reason: { kind: 'nickname_taken' } });
  }
});

t.test('another case of his own nickname costs a user nothing', async (t) => {
  const user = await add('quiet');
  t.match(await rename(user, 'QUIET'), { nickname: 'QUIET', version: 2 });
  t.equal(await db.collection('former_nicknames').countDocuments({ u: user }), 0);
});

t.test('nobody keeps a whole language from others', async (t) => {
  const user = await add('many-0');
  for (let n = 1; n <= 5; n++) await rename(user, `many-${n}`);
  await t.rejects(rename(user, 'many-6'), refusal('too_many_nicknames'));
  t.match(await profiles.mine(user), { nickname: 'many-5' });
});

t.test('by nickname nobody is found who is disabled, or has a block with the reader', async (t) => {
  const [reader, other] = [await add(), await add('Findme')];
  t.match(await profiles.byNickname(reader, 'findME'), { id: other });
  const nobody = new Failure('not_found', { detail: 'No such user' });
  await blocks.block(other, reader);
  await t.rejects(profiles.byNickname(reader, 'Findme'), nobody);
  await t.rejects(profiles.byNickname(other, (await profiles.get(reader)).nickname), nobody);
  await blocks.unblock(other, reader);
  await accounts.disable(other, new Date());
  await t.rejects(profiles.byNickname(reader, 'Findme'), nobody);
  t.match(await profiles.get(other), { nickname: 'Findme', disabled: true }, 'his messages still bear his name');
  await t.rejects(profiles.byNickname(reader, 'no-such-user'), nobody);
});
