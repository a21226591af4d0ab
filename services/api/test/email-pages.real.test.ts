import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { mailPages } from '../src/domain/accounts/compose-mail.ts';
import { startApi, type TestApi } from './support/api.ts';
import { tokenTo } from './support/outbox.ts';

const mongo = await startMongo(t);
const password = 'a long enough one';

interface Shown {
  readonly status: number;
  readonly html: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

const pagesOf = ({ api }: TestApi) => ({
  async look(url: string, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1'): Promise<Shown> {
    const response = await api.http().inject({ method: 'GET', url, headers, remoteAddress });
    return { status: response.statusCode, html: response.body, headers: response.headers };
  },
  async submit(url: string, fields: Record<string, string>): Promise<Shown> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const payload = new URLSearchParams(fields).toString();
    const response = await api.http().inject({ method: 'POST', url, headers, payload });
    return { status: response.statusCode, html: response.body, headers: response.headers };
  },
});

t.test('pages that mails lead to', async (t) => {
  const api = await startApi(t, mongo.url, { config: { emailVerification: 'required' } });
  const { look, submit } = pagesOf(api);
  const { post } = api;
  const signUp = (email: string, nickname: string) => post('/v1/auth/signup', { email, nickname, password });

  t.test('they load nothing, stand in no frame, are kept by nobody, and tell nobody where one came from', async (t) => {
    for (const path of Object.values(mailPages)) {
      const { status, html, headers } = await look(path);
      t.equal(status, 200);
      t.match(headers, {
        'content-type': 'text/html; charset=utf-8',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      const policy = String(headers['content-security-policy']);
      t.match(policy, /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'.*base-uri 'none'/);
      t.notMatch(policy, /unsafe|https?:|\*/);
      t.notMatch(html, /(src|href)=/);
    }
  });

  t.test('an address is confirmed there, and looking at the page uses nothing up', async (t) => {
    const email = 'ada@example.org';
    await signUp(email, 'ada');
    const token = await tokenTo(api, email);
    await look(`/email/verify?token=${token}`);
    t.match(await submit('/email/verify', { token }), { status: 200, html: /You can log in now/ });
    t.equal((await post('/v1/auth/login', { email, password })).status, 200);
    const again = await submit('/email/verify', { token });
    t.match(again, { status: 404, html: /ask for another mail/ });
  });

  t.test('a nickname that is gone meanwhile can be another one', async (t) => {
    await signUp('one@example.org', 'same');
    await signUp('two@example.org', 'same');
    await submit('/email/verify', { token: await tokenTo(api, 'one@example.org') });
    const token = await tokenTo(api, 'two@example.org');
    const asked = await submit('/email/verify', { token });
    t.match(asked, { status: 409, html: /name="nickname"/ });
    t.ok(asked.html.includes(`value="${token}"`), 'the code stays filled in');
    t.equal((await submit('/email/verify', { token, nickname: '<b>' })).status, 400);
    t.equal((await submit('/email/verify', { token, nickname: 'other' })).status, 200);
  });

  t.test('a password is set there', async (t) => {
    const email = 'ada@example.org';
    await post('/v1/auth/request-reset', { email });
    const token = await tokenTo(api, email);
    t.equal((await submit('/email/reset', { token })).status, 400);
    t.equal((await submit('/email/reset', { token, password: 'short' })).status, 400);
    t.match(await submit('/email/reset', { token, password: 'yet another one' }), { status: 200, html: /is set/ });
    t.equal((await post('/v1/auth/login', { email, password: 'yet another one' })).status, 200);
  });

  t.test('what is no form is refused, and nothing of it is shown', async (t) => {
    for (const fields of [{}, { token: 'x' }, { token: '"><script>alert(1)</script>' }]) {
      const { status, html } = await submit('/email/change', fields);
      t.equal(status, 400);
      t.notMatch(html, /alert/);
    }
    const json = await post('/email/verify', { token: 'A'.repeat(43) });
    t.equal(json.status, 404);
  });
});

t.test('the outbox of a machine without a mail server', async (t) => {
  const api = await startApi(t, mongo.url);
  const { look } = pagesOf(api);
  const user = await api.signUp();

  t.test('shows mails, the newest first, to who sits at this machine', async (t) => {
    await api.post('/v1/auth/request-reset', { email: user.email });
    const { status, html, headers } = await look('/outbox');
    t.equal(status, 200);
    t.ok(html.includes(user.email));
    t.ok(html.indexOf('Choose a new password') < html.indexOf('Confirm your e-mail address'));
    t.match(html, new RegExp(`<a href="http://127.0.0.1:\\d+/email/reset#${await tokenTo(api, user.email)}"`));
    t.match(String(headers['content-security-policy']), /default-src 'none'/);
    t.notMatch(String(headers['content-security-policy']), /script-src/);
    t.notMatch(html, /<script/);
    t.match((await look('/outbox.json')).headers, { 'cache-control': 'no-store' });
  });

  t.test('does not exist for anybody else', async (t) => {
    const strangers: [Record<string, string>, string?][] = [
      [{}, '192.0.2.1'],
      [{}, '::ffff:192.0.2.1'],
      [{ 'x-forwarded-for': '127.0.0.1' }],
      [{ forwarded: 'for=127.0.0.1' }],
      [{ origin: 'https://evil.example' }],
      [{ host: 'evil.example' }],
      [{ host: '127.0.0.1.evil.example' }],
      [{ host: 'evil.example:8080' }],
    ];
    for (const [headers, address] of strangers)
      for (const path of ['/outbox', '/outbox.json']) {
        const { status, html } = await look(path, headers, address);
        t.equal(status, 404, `${path} ${JSON.stringify(headers)} ${address}`);
        t.notOk(html.includes(user.email));
      }
    for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080'])
      t.equal((await look('/outbox', { host }, host.startsWith('[') ? '::1' : '127.0.0.1')).status, 200, host);
  });

  t.test(
    'does not exist where nobody asked for it, to whom a proxy on this machine would look like its user',
    async (t) => {
      const { mongoDatabase, signingKeyFile } = api.config;
      const plain = await startApi(t, mongo.url, {
        config: { showMails: false, mongoDatabase, signingKeyFile },
      });
      t.equal((await pagesOf(plain).look('/outbox')).status, 404);
      t.equal((await pagesOf(plain).look('/outbox.json')).status, 404);
    },
  );
});
