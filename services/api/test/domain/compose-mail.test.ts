import { EmailSchema } from '@gapless/shared/schema';
import t from 'tap';
import { Check } from 'typebox/value';
import { createComposeMail } from '../../src/domain/accounts/compose-mail.ts';
import { createEmailTokens, emailTokenHash } from '../../src/domain/accounts/email-tokens.ts';
import type { MailKind } from '../../src/domain/accounts/mail.ts';

const tokens = createEmailTokens(new Uint8Array(32));
const compose = createComposeMail({ publicUrl: 'https://chat.example.org/', tokens });
const { seed, hash } = tokens.fresh();
const mail = (kind: MailKind) => ({
  id: 'an-id',
  kind,
  to: 'ada@example.org',
  seed,
  createdAt: new Date(0),
  until: new Date(1),
});

t.test('a token follows from seed and secret, and from neither alone', async (t) => {
  const token = tokens.tokenOf(seed);
  t.match(token, /^[\w-]{43}$/);
  t.equal(emailTokenHash(token), hash);
  t.not(createEmailTokens(new Uint8Array(32).fill(1)).tokenOf(seed), token);
  t.not(tokens.fresh().hash, hash);
});

t.test('mails that ask for something carry a link with the token behind the #', async (t) => {
  const pages = { 'sign-up': 'verify', verify: 'verify', reset: 'reset', change: 'change' } as const;
  for (const [kind, page] of Object.entries(pages)) {
    const letter = compose(mail(kind as MailKind));
    t.ok(letter?.text.includes(`\n\nhttps://chat.example.org/email/${page}#${tokens.tokenOf(seed)}\n\n`), kind);
    t.notOk(letter?.subject.includes(tokens.tokenOf(seed)));
  }
});

t.test('mails that only tell something carry none', async (t) => {
  for (const kind of ['account-exists', 'password-changed', 'email-changed'] as const) {
    const letter = compose(mail(kind));
    t.match(letter, { to: 'ada@example.org', subject: /\w/ });
    t.notOk(letter?.text.includes(tokens.tokenOf(seed)) || letter?.text.includes('http'), kind);
  }
  t.equal(compose(mail('decoy')), undefined, 'and one is for nobody');
});

t.test('what would make a second header or recipient is no address', async (t) => {
  t.ok(Check(EmailSchema, 'ada+chat@mail.example.org'));
  for (const address of [
    'ada@example.org\r\nBcc: eve@example.org',
    'ada@example.org\nX: y',
    'ada\r\n@example.org',
    'ada@example.org,eve@example.org',
    'ada@example.org;eve@example.org',
    'ada@example.org eve@example.org',
    'Ada <ada@example.org>',
    '<ada@example.org>',
    'ada@example.org>',
    '"a\r\nb"@example.org',
    'ada@example.org\0',
    'ada@\u2028example.org',
    ' ada@example.org',
  ])
    t.notOk(Check(EmailSchema, address), encodeURIComponent(address));
});
