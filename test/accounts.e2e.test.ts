import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { type Answer, call, type Person, signUp } from './actors/person.ts';
import { connect, type Socket } from './actors/socket.ts';
import { aSystem } from './actors/system.ts';

/** What is promised is a second; a machine that does many things at once may take its time. */
const soonMs = 10_000;
const newPassword = 'another long password';

const system = await aSystem(t, { apis: 2, settings: { api: { emailVerification: 'optional', showMails: true } } });
const [one, two] = system.edges.map(({ url }) => url) as [string, string];
const [api, neighbour] = system.apis.map(({ url }) => url) as [string, string];

const post = <T>(path: string, body: unknown, at = api): Promise<Answer<T>> => call(at, 'POST', path, body);

async function logIn({ email }: Pick<Person, 'email'>, password: string): Promise<string> {
  const { status, body } = await post<{ accessToken: string }>('/v1/auth/login', { email, password });
  if (status !== 200) throw new Error(`log-in answered ${status}`);
  return body.accessToken;
}

/** What the newest mail to that address has behind the `#`; any api shows all mails. */
async function mailedTo(email: string): Promise<string> {
  const { body } = await call<{ items: { to: string; text: string }[] }>(neighbour, 'GET', '/outbox.json');
  return /#([\w-]{43})\s/.exec(body.items.find(({ to }) => to === email)?.text ?? '')?.[1] ?? 'none';
}

const closedWith = async (code: number, ...sockets: Socket[]): Promise<void> => {
  for (const socket of sockets)
    await socket.until(`a close with ${code}`, ({ closed }) => closed?.code === code, soonMs);
};

t.test('an address is confirmed over another api than the one that signed up', async (t) => {
  const person = await signUp(api);
  const token = await mailedTo(person.email);
  t.equal((await post('/v1/auth/verify-email', { token }, neighbour)).status, 204);
  t.match((await person.get('/v1/me')).body, { emailVerified: true });
  t.match(await post('/v1/auth/verify-email', { token }), { status: 404 });
});

t.test('a password that is changed over a socket closes the sockets of other sessions on every edge', async (t) => {
  const person = await signUp(api);
  const mine = await connect(one, person);
  const others = [
    await connect(one, { ...person, token: await logIn(person, person.password) }),
    await connect(two, { ...person, token: await logIn(person, person.password) }),
  ];
  const change = (password: string) =>
    mine.request({ t: 'call', m: 'me.changePassword', p: { password, newPassword } });
  t.match(await change('not the password'), { t: 'err', code: 'forbidden' });
  t.match(await change(person.password), { t: 'ok' });
  await closedWith(4401, ...others);
  t.equal((await mine.request({ t: 'ping' })).t, 'pong', 'the one that asked stays');
  await t.rejects(logIn(person, person.password), /401/);
  t.ok(await logIn(person, newPassword));
});

t.test('a reset closes all of them', async (t) => {
  const person = await signUp(api);
  const sockets = [await connect(one, person), await connect(two, person)];
  t.equal((await post('/v1/auth/request-reset', { email: person.email })).status, 204);
  const token = await mailedTo(person.email);
  t.equal((await post('/v1/auth/reset-password', { token, password: newPassword }, neighbour)).status, 204);
  await closedWith(4401, ...sockets);
  t.match(await person.get('/v1/me'), { status: 401 });
  const again = await connect(two, { ...person, token: await logIn(person, newPassword) });
  t.equal((await again.request({ t: 'ping' })).t, 'pong');
});

t.test('sessions are listed and ended over a socket', async (t) => {
  const person = await signUp(api);
  const mine = await connect(one, person);
  const [second, third] = [
    await connect(two, { ...person, token: await logIn(person, person.password) }),
    await connect(one, { ...person, token: await logIn(person, person.password) }),
  ];
  const ask = (m: string, p: object = {}) => mine.request({ t: 'call', m, p });
  const { res } = (await ask('sessions.list')) as unknown as { res: { items: { id: string; current: boolean }[] } };
  t.same(
    res.items.map(({ current }) => current),
    [false, false, true],
  );
  const [, older] = res.items;
  t.match(await ask('sessions.close', { session: older?.id }), { t: 'ok' });
  await closedWith(4401, second);
  t.equal((await third.request({ t: 'ping' })).t, 'pong');
  t.match(await ask('sessions.closeOthers'), { t: 'ok' });
  await closedWith(4401, third);
  t.match(await ask('sessions.close'), { t: 'ok' });
  await closedWith(4401, mine);
});

t.test('another address is asked for over a socket and confirmed by mail', async (t) => {
  const person = await signUp(api);
  const mine = await connect(one, person);
  const email = `new-${person.email}`;
  const p = { email, password: person.password };
  t.match(await mine.request({ t: 'call', m: 'me.changeEmail', p }), { t: 'ok' });
  t.equal((await post('/v1/me/email/confirm', { token: await mailedTo(email) }, neighbour)).status, 204);
  t.match((await person.get('/v1/me')).body, { email });
  t.ok(await logIn({ email }, person.password));
});

t.test('commands that need no session are none over a socket', async (t) => {
  const mine = await connect(one, await signUp(api));
  for (const m of ['auth.logIn', 'auth.signUp', 'auth.resetPassword', 'me.confirmEmail'])
    t.match(await mine.request({ t: 'call', m, p: {} }), { t: 'err', code: 'not_found' }, m);
});

t.test('no log has a token, a password or an address', async (t) => {
  const person = await signUp(api);
  const token = await mailedTo(person.email);
  await post('/v1/auth/verify-email', { token });
  await fetch(`${api}/email/verify?token=${token}`);
  const logs = join(dirname(dirname(system.signingKeyFile)), 'logs');
  await until('the log tells of the page', () =>
    readFileSync(join(logs, 'api-1.log'), 'utf8').includes('/email/verify'),
  );
  for (const name of readdirSync(logs)) {
    const log = readFileSync(join(logs, name), 'utf8');
    for (const secret of [token, person.password, newPassword, person.email]) t.notOk(log.includes(secret), name);
  }
});
