import { sleep } from '@gapless/shared/runtime';
import { type ApiKeyId, type ClientId, newId, type UserId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { type Actor, actorText } from '../../src/domain/admin/actor.ts';
import type { ApiKeyChange, ApiKeyStore } from '../../src/domain/admin/api-key-store.ts';
import { createApiKeys } from '../../src/domain/admin/api-keys.ts';
import { createApiKeyStore } from '../../src/repositories/api-keys.ts';
import { createDirectoryStore } from '../../src/repositories/user-directory.ts';
import { aDatabaseOfPeople } from '../support/people.ts';
import { refusal } from '../support/refusal.ts';

const { client, db, accounts, add } = await aDatabaseOfPeople(t, await startMongo(t));
const store = createApiKeyStore(client, db);
const directory = createDirectoryStore(client, db, 60_000);
const clock = { now: Date.now };
const keys = createApiKeys({ store, clock });
const scopes = ['admin:write'] as const;
const asked = () => ({ name: 'a back end', scopes, clientId: newId<ClientId>() });
const madeBy = (by: Actor) => db.collection('api_keys').countDocuments({ by: actorText(by) });

interface Makers {
  readonly admin: Actor & { readonly kind: 'user' };
  /** Made by the admin. */
  readonly key: Actor & { readonly kind: 'key' };
}

/** Who makes a key, and how he loses his right to. */
type Way = readonly [what: string, makerOf: (who: Makers) => Actor, end: (who: Makers) => Promise<unknown>];

async function makers(): Promise<Makers> {
  const id = await add();
  await directory.setRole(id, 'admin', new Date());
  const made = await keys.create({ kind: 'user', id }, asked());
  return { admin: { kind: 'user', id }, key: { kind: 'key', id: made.id, scopes } };
}

const demote = (user: UserId) => directory.setRole(user, 'user', new Date());
const disable = (user: UserId) => accounts.disable(user, new Date());
const revoke = (key: ApiKeyId) => store.revoke(key, new Date());

/** Something else happens once, in the first attempt: when it has read, or as it is about to write the key. */
function interrupted(moment: 'read' | 'written', act: () => Promise<unknown>): ApiKeyStore {
  let acting: Promise<unknown> | undefined;
  const begin = (): Promise<unknown> => {
    acting ??= act();
    return acting;
  };
  const within = ({ makings, ...change }: ApiKeyChange): ApiKeyChange => ({
    ...change,
    makings: {
      ...makings,
      async find(making) {
        const found = await makings.find(making);
        if (moment === 'read') await begin();
        return found;
      },
    },
    async add(key, hash) {
      // It may have to wait for this transaction.
      if (moment === 'written') await Promise.race([begin(), sleep(300)]);
      await change.add(key, hash);
    },
  });
  return { ...store, run: (work) => store.run((change) => work(within(change))) };
}

const ways: readonly Way[] = [
  ['an admin who is demoted', ({ admin }) => admin, ({ admin }) => demote(admin.id)],
  ['an admin who is disabled', ({ admin }) => admin, ({ admin }) => disable(admin.id)],
  ['a key that is revoked', ({ key }) => key, ({ key }) => revoke(key.id)],
  ['a key whose maker is demoted', ({ key }) => key, ({ admin }) => demote(admin.id)],
];

t.test('who loses his right while he makes a key makes none', async (t) => {
  for (const [what, makerOf, end] of ways) {
    const who = await makers();
    const by = makerOf(who);
    const before = await madeBy(by);
    const racing = createApiKeys({ store: interrupted('read', () => end(who)), clock });
    await t.rejects(racing.create(by, asked()), refusal('forbidden'), what);
    t.equal(await madeBy(by), before, what);
  }
});

t.test('a key that is made as its maker loses his right ends with it', async (t) => {
  for (const [what, makerOf, end] of ways) {
    const who = await makers();
    const endings: Promise<unknown>[] = [];
    const begin = async () => {
      endings.push(end(who));
      await endings[0];
    };
    const racing = createApiKeys({ store: interrupted('written', begin), clock });
    const made = await racing.create(makerOf(who), asked());
    t.equal(endings.length, 1);
    await endings[0];
    t.match(await keys.get(made.id), { revokedAt: Date }, what);
  }
});

t.test('who is no admin makes no key', async (t) => {
  const by: Actor = { kind: 'user', id: await add() };
  await t.rejects(keys.create(by, asked()), refusal('forbidden'));
  t.equal(await madeBy(by), 0);
});

t.test('with a key those go that it made, and that those made', async (t) => {
  const { key } = await makers();
  const child = await keys.create(key, asked());
  const grandchild = await keys.create({ kind: 'key', id: child.id, scopes }, asked());
  const other = await makers();
  const first = new Date();
  t.ok(await store.revoke(key.id, first));
  for (const { id } of [key, child, grandchild]) t.ok((await store.find(id))?.key.revokedAt, id);
  t.notOk((await store.find(other.key.id))?.key.revokedAt);
  await store.revoke(key.id, new Date(first.getTime() + 1_000));
  t.same((await store.find(key.id))?.key.revokedAt, first, 'repeated it stays as it was');
});
