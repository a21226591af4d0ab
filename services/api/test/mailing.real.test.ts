import { newId } from '@gapless/shared/schema';
import { startMongo, until } from '@gapless/shared/testing';
import t from 'tap';
import { planMail } from '../src/mail-plan.ts';
import { createSmtpPost } from '../src/smtp-post.ts';
import { startApi } from './support/api.ts';
import { startMailServer } from './support/mail-server.ts';

const mongo = await startMongo(t);
const from = 'Gapless <no-reply@chat.example.org>';
const settings = { mailFrom: from, publicUrl: 'https://chat.example.org' };

t.test('a mail is sent once, however many apis there are, and then is nowhere', async (t) => {
  const server = await startMailServer(t);
  const config = { ...settings, smtpUrl: `${server.url}?tls=off` };
  const first = await startApi(t, mongo.url, { config });
  const { mongoDatabase, signingKeyFile } = first.config;
  await startApi(t, mongo.url, { config: { ...config, mongoDatabase, signingKeyFile } });
  const users = await Promise.all(Array.from({ length: 10 }, () => first.signUp()));
  const waiting = first.mongo.db(mongoDatabase).collection('mails');
  await until('all are sent', async () => (await waiting.countDocuments()) === 0);
  t.same(server.taken.flatMap(({ to }) => to).sort(), users.map(({ email }) => email).sort());
  const [{ mail = '' } = {}] = server.taken;
  t.match(mail, /^From: Gapless <no-reply@chat\.example\.org>\r$/m);
  t.match(mail, /^Subject: Confirm your e-mail address\r$/m);
  t.match(mail, /^Auto-Submitted: auto-generated\r$/m);
  t.match(mail, /^Message-ID: <\w{26}@chat\.example\.org>\r$/m);
  const token = /https:\/\/chat\.example\.org\/email\/verify#([\w=-]+)/.exec(mail.replaceAll('=\r\n', ''))?.[1];
  t.equal((await first.post('/v1/auth/verify-email', { token })).status, 204, 'its link works');
  t.equal((await first.get('/outbox.json')).status, 404, 'and nobody is shown any');
  t.equal((await first.get('/outbox')).status, 404);
});

t.test('a mail that could not be sent now is sent later; one that never can be is let go', async (t) => {
  const server = await startMailServer(t);
  const clock = { aheadMs: 0, now: () => Date.now() + clock.aheadMs };
  const config = { ...settings, smtpUrl: `${server.url}?tls=off` };
  const api = await startApi(t, mongo.url, { config, deps: { clock } });
  const rows = api.mongo.db(api.config.mongoDatabase).collection('mails');
  server.refuse(451);
  const user = await api.signUp();
  await until('it is postponed', async () => (await rows.countDocuments({ due: { $gt: new Date() }, tries: 1 })) === 1);
  server.refuse(250);
  await until('it is sent', () => server.taken.length === 1);
  t.same(server.taken[0]?.to, [user.email]);
  server.refuse(550);
  await api.signUp();
  await until('it is let go', async () => (await rows.countDocuments()) === 0);
  t.equal(server.taken.length, 1);
});

t.test('a mail that was taken by a server that died is sent again, under the same id', async (t) => {
  const server = await startMailServer(t);
  const api = await startApi(t, mongo.url, { config: { ...settings, smtpUrl: `${server.url}?tls=off` } });
  server.dieOnce();
  await api.signUp();
  await until('it came again', () => server.taken.length === 2);
  const ids = server.taken.map(({ mail }) => /^Message-ID: (.*)\r$/m.exec(mail)?.[1]);
  t.ok(ids[0]);
  t.equal(ids[0], ids[1]);
});

t.test('what an api had in its hands when it died another one sends when the lease has ended', async (t) => {
  const quiet = await startApi(t, mongo.url);
  const { mongoDatabase, signingKeyFile } = quiet.config;
  const user = await quiet.signUp();
  const rows = quiet.mongo.db(mongoDatabase).collection('mails');
  await rows.updateOne({}, { $set: { due: new Date(Date.now() + 1_000), lease: newId(), tries: 1 } });
  const server = await startMailServer(t);
  const config = { ...settings, smtpUrl: `${server.url}?tls=off`, mongoDatabase, signingKeyFile };
  await startApi(t, mongo.url, { config });
  await until('it is sent', () => server.taken.length === 1);
  t.same(server.taken[0]?.to, [user.email]);
});

t.test('decoys and mails that are too old are sent to nobody', async (t) => {
  const quiet = await startApi(t, mongo.url);
  const { mongoDatabase, signingKeyFile } = quiet.config;
  await quiet.post('/v1/auth/request-reset', { email: 'nobody@example.org' });
  await quiet.signUp();
  const rows = quiet.mongo.db(mongoDatabase).collection('mails');
  t.equal(await rows.countDocuments(), 2);
  await rows.updateOne({ kind: 'verify' }, { $set: { until: new Date(Date.now() - 1) } });
  const server = await startMailServer(t);
  const config = { ...settings, smtpUrl: `${server.url}?tls=off`, mongoDatabase, signingKeyFile };
  await startApi(t, mongo.url, { config });
  await until('none waits', async () => (await rows.countDocuments()) === 0);
  t.equal(server.taken.length, 0);
});

t.test('nothing that stands in a letter becomes a header or a recipient', async (t) => {
  const server = await startMailServer(t);
  const { post, close } = createSmtpPost({ url: `${server.url}?tls=off`, from });
  t.teardown(close);
  const evil = 'hello\r\nBcc: eve@example.org\r\n\r\nsurprise';
  await post({ id: newId(), to: 'ada@example.org', subject: evil, text: 'a\r\n.\r\nRCPT TO:<eve@example.org>\r\n' });
  const [{ to = [], mail = '' } = {}] = server.taken;
  t.same(to, ['ada@example.org']);
  const [headers = ''] = mail.split('\r\n\r\n');
  t.notMatch(headers, /^bcc:/im);
  t.match(mail, /RCPT TO:<eve@example\.org>/, 'it is text');
  for (const address of ['ada@example.org, eve@example.org', 'ada@example.org\r\nBcc: eve@example.org']) {
    await post({ id: newId(), to: address, subject: 'x', text: 'x' }).catch(() => undefined);
  }
  t.notOk(
    server.taken.some(
      ({ to, mail }) => to.includes('eve@example.org') || /^bcc:/im.test(mail.split('\r\n\r\n')[0] ?? ''),
    ),
  );
});

t.test('a mail does not leave in the clear unless that is asked for, and errors name nobody', async (t) => {
  for (const withTls of [false, true]) {
    const server = await startMailServer(t, { withTls });
    const { post, close } = createSmtpPost({ url: server.url, from });
    t.teardown(close);
    const sent = post({ id: newId(), to: 'ada@example.org', subject: 'x', text: 'secret' });
    const error: Error = await sent.then(
      () => new Error('sent'),
      (reason: Error) => reason,
    );
    t.match(error.message, /^the mail server did not take a mail: E\w+/, withTls ? 'nor to whom it is not' : 'no TLS');
    t.notMatch(`${error.stack} ${JSON.stringify(error)}`, /ada@|secret/);
    t.equal(server.taken.length, 0);
  }
});

t.test('settings with which mails would never come end the api at its start', async (t) => {
  const plain = {
    smtpUrl: '',
    smtpUrlFile: '',
    mailFrom: '',
    publicUrl: '',
    emailVerification: 'optional',
    showMails: false,
    apiPort: 1,
  };
  t.match(planMail(plain), { smtp: undefined, isShownHere: false, publicUrl: 'http://127.0.0.1:1' });
  t.match(planMail({ ...plain, showMails: true }), { isShownHere: true });
  t.match(planMail({ ...plain, ...settings, smtpUrl: 'smtp://mail' }), {
    smtp: { url: 'smtp://mail', from },
    isShownHere: false,
  });
  const refused: [object, RegExp][] = [
    [{ emailVerification: 'required' }, /GAPLESS_SMTP_URL/],
    [{ smtpUrl: 'smtp://mail', publicUrl: 'https://x' }, /GAPLESS_MAIL_FROM/],
    [{ smtpUrl: 'smtp://mail', mailFrom: from }, /GAPLESS_PUBLIC_URL/],
  ];
  for (const [change, message] of refused) t.throws(() => planMail({ ...plain, ...change }), message);
  for (const url of ['mail.example.org', 'http://mail', 'smtp://', 'smtp:'])
    t.throws(() => createSmtpPost({ url, from }), /GAPLESS_SMTP_URL/, url);
});
