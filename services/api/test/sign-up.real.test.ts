import { newId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import { type CommandStartedEvent, MongoClient } from 'mongodb';
import t from 'tap';
import { startApi } from './support/api.ts';
import { lettersTo, tokenTo } from './support/outbox.ts';

const mongo = await startMongo(t);
const password = 'a long enough one';
const config = { emailVerification: 'required' };
const invalid = { status: 404, body: { type: 'urn:gapless:problem:email_token_invalid', code: 'not_found' } };

t.test('where addresses are confirmed first', async (t) => {
  const clock = { aheadMs: 0, now: () => Date.now() + clock.aheadMs };
  const api = await startApi(t, mongo.url, { config, deps: { clock } });
  const { post } = api;
  const signUp = (email: string, nickname = `nick-${newId().slice(-12)}`) =>
    post('/v1/auth/signup', { email, nickname, password });
  const logIn = (email: string) => post('/v1/auth/login', { email, password });
  const verify = (token: string, more = {}) => post('/v1/auth/verify-email', { token, ...more });

  t.test('an account comes about when its address is confirmed, once', async (t) => {
    const email = 'ada@example.org';
    const answer = await signUp('Ada@Example.org', 'ada');
    t.equal(answer.status, 201);
    t.same(answer.body, { confirmFirst: true });
    t.match(await logIn(email), { status: 401, body: { type: 'urn:gapless:problem:invalid_credentials' } });
    const token = await tokenTo(api, email);
    t.equal((await verify(token)).status, 204);
    t.match(await logIn(email), { status: 200, body: { user: { email, nickname: 'ada', emailVerified: true } } });
    t.match(await verify(token), invalid, 'the link works once');
  });

  t.test('a known address gets the same answer as an unknown one, and its owner a mail', async (t) => {
    const [known, unknown] = ['grace@example.org', 'nobody@example.org'];
    await signUp(known);
    await verify(await tokenTo(api, known));
    const [one, other] = [await signUp(known), await signUp(unknown)];
    t.same(one.body, other.body);
    t.equal(one.status, other.status);
    const shape = ({ headers }: typeof one) => {
      const { date: _, ...rest } = headers;
      return Object.entries(rest).filter(([name]) => !name.includes('ratelimit'));
    };
    t.same(shape(one), shape(other));
    t.match((await lettersTo(api, known))[0], { subject: 'You have an account already' });
    t.match((await lettersTo(api, unknown))[0], { subject: 'Confirm your e-mail address' });
    t.notOk((await lettersTo(api, known))[0]?.text.includes('#'), 'no token with it');
  });

  t.test(
    'a nickname that a sign-up asks for tells nothing of the address, and goes to who confirms first',
    async (t) => {
      t.equal((await signUp('first@example.org', 'wanted')).status, 201);
      t.equal((await signUp('second@example.org', 'wanted')).status, 201, 'whether that address was known or not');
      const late = await tokenTo(api, 'first@example.org');
      t.equal((await verify(await tokenTo(api, 'second@example.org'))).status, 204);
      const taken = { status: 409, body: { type: 'urn:gapless:problem:nickname_taken' } };
      t.match(await signUp('third@example.org', 'wanted'), taken);
      t.match(await verify(late), taken);
      t.match(await verify(late, { nickname: 'wаnted' }), { status: 400 }, 'nor one that looks like it');
      t.equal((await verify(late, { nickname: 'wanted2' })).status, 204, 'the link still works');
      t.match((await logIn('first@example.org')).body.user, { nickname: 'wanted2' });
    },
  );

  t.test('of two sign-ups with one address one is confirmed, however close', async (t) => {
    const email = 'twice@example.org';
    await signUp(email);
    const first = await tokenTo(api, email);
    await signUp(email);
    const second = await tokenTo(api, email);
    t.not(first, second);
    const statuses = (await Promise.all([first, second].map((token) => verify(token)))).map(({ status }) => status);
    t.same(statuses.sort(), [204, 404]);
  });

  t.test('a link ends after a day', async (t) => {
    await signUp('late@example.org');
    const token = await tokenTo(api, 'late@example.org');
    clock.aheadMs = 24 * 3_600_000;
    t.match(await verify(token), invalid);
    clock.aheadMs = 0;
  });

  t.test('the mail can be asked for again, and nobody learns whether it was sent', async (t) => {
    const email = 'again@example.org';
    await signUp(email, 'again');
    const resend = (to: string) => post('/v1/auth/resend-verification', { email: to });
    t.equal((await resend(email)).status, 204);
    t.equal((await resend('stranger@example.org')).status, 204);
    t.equal((await resend('ada@example.org')).status, 204, 'confirmed already');
    t.equal((await lettersTo(api, email)).length, 2);
    t.equal((await lettersTo(api, 'stranger@example.org')).length, 0);
    t.equal((await verify(await tokenTo(api, email))).status, 204);
    t.match((await logIn(email)).body.user, { nickname: 'again' });
  });

  t.test('a mailbox is not flooded', async (t) => {
    const statuses: number[] = [];
    for (let n = 0; n < 7; n++)
      statuses.push((await post('/v1/auth/resend-verification', { email: 'flooded@example.org' })).status);
    t.same(statuses, [204, 204, 204, 204, 204, 429, 429]);
  });

  t.test('the store holds neither tokens nor what makes them', async (t) => {
    await signUp('hidden@example.org');
    const token = await tokenTo(api, 'hidden@example.org');
    const db = api.mongo.db(api.config.mongoDatabase);
    const collections = await db.listCollections().toArray();
    for (const { name } of collections)
      t.notOk(JSON.stringify(await db.collection(name).find().toArray()).includes(token), name);
  });

  t.test('tokens that are none are refused, whatever they are', async (t) => {
    t.match(await verify('A'.repeat(43)), invalid);
    for (const token of ['', 'x', 'A'.repeat(44), { $gt: '' }, ['A'.repeat(43)], null])
      t.match(await post('/v1/auth/verify-email', { token }), { status: 400 });
  });
});

t.test('known and unknown addresses cost the same work', async (t) => {
  const database = `test-${newId()}`;
  const client = new MongoClient(mongo.url, { monitorCommands: true, retryWrites: true, ignoreUndefined: true });
  const steps: string[] = [];
  client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
    if (command['$db'] === database) steps.push(`${commandName} ${String(command[commandName])}`);
  });
  const watched = {
    client,
    db: client.db(database),
    open: () => undefined,
    obstacles: () => [],
    close: () => client.close(),
  };
  const api = await startApi(t, mongo.url, {
    config: { ...config, mongoDatabase: database },
    deps: { mongo: watched },
  });
  const { post } = api;
  const workOf = async (path: string, body: object): Promise<string[]> => {
    steps.length = 0;
    await post(path, body);
    return [...steps];
  };
  const [known, unknown] = ['known@example.org', 'unknown@example.org'];
  await post('/v1/auth/signup', { email: known, nickname: 'known', password });
  await post('/v1/auth/verify-email', { token: await tokenTo(api, known) });

  const asks: [string, (email: string) => object][] = [
    ['/v1/auth/signup', (email) => ({ email, nickname: 'another', password })],
    ['/v1/auth/login', (email) => ({ email, password: 'not the password' })],
    ['/v1/auth/request-reset', (email) => ({ email })],
    ['/v1/auth/resend-verification', (email) => ({ email })],
  ];
  for (const [path, body] of asks) {
    const work = await workOf(path, body(known));
    t.ok(work.length > 2, `${path} asks the store`);
    t.same(await workOf(path, body(unknown)), work, path);
  }
});

t.test('where addresses need not be confirmed', async (t) => {
  const api = await startApi(t, mongo.url);
  const { post, get } = api;

  t.test('a session stands at once, and the address is confirmed later', async (t) => {
    const user = await api.signUp('later');
    t.match((await get('/v1/me', user.token)).body, { emailVerified: false });
    t.equal((await post('/v1/auth/login', { email: user.email, password: user.password })).status, 200);
    t.equal((await post('/v1/auth/resend-verification', { email: user.email })).status, 204);
    t.equal((await lettersTo(api, user.email)).length, 2);
    t.equal((await post('/v1/auth/verify-email', { token: await tokenTo(api, user.email) })).status, 204);
    t.match((await get('/v1/me', user.token)).body, { emailVerified: true });
  });

  t.test('who has not confirmed is kept out once it is required', async (t) => {
    const user = await api.signUp();
    const { mongoDatabase, signingKeyFile } = api.config;
    const strict = await startApi(t, mongo.url, { config: { ...config, mongoDatabase, signingKeyFile } });
    const logIn = (wanted = user.password) => strict.post('/v1/auth/login', { email: user.email, password: wanted });
    t.match(await logIn(), { status: 403, body: { type: 'urn:gapless:problem:email_unverified' } });
    t.match(await logIn('not the password'), { status: 401 });
    t.equal((await strict.post('/v1/auth/verify-email', { token: await tokenTo(api, user.email) })).status, 204);
    t.equal((await logIn()).status, 200);
  });
});
