import type { EmailTokens } from './email-tokens.ts';
import type { Letter, Mail, MailKind } from './mail.ts';

/** Pages of the api that a mail leads to. The token stands behind the `#`, which browsers keep to themselves. */
export const mailPages = { verify: '/email/verify', reset: '/email/reset', change: '/email/change' } as const;

interface Wording {
  readonly subject: string;
  readonly lines: readonly string[];
  readonly page?: keyof typeof mailPages;
}

const notYou = 'If it was not you, do nothing: nothing will happen.';
const worksOnce = (time: string) => `The link works once, for ${time}.`;

/** Nothing that anybody chose stands in a mail: who signs up with another's address cannot write to him. */
const wordings: Readonly<Record<Exclude<MailKind, 'decoy'>, Wording>> = {
  'sign-up': {
    subject: 'Confirm your e-mail address',
    lines: ['Somebody, hopefully you, signed up with this address. Confirm it here:', worksOnce('24 hours'), notYou],
    page: 'verify',
  },
  verify: {
    subject: 'Confirm your e-mail address',
    lines: ['Confirm that this address is yours here:', worksOnce('24 hours'), notYou],
    page: 'verify',
  },
  'account-exists': {
    subject: 'You have an account already',
    lines: [
      'Somebody, perhaps you, wanted to use this address for an account, but it has one already.',
      'Log in with it; if you forgot the password, ask for a new one.',
      notYou,
    ],
  },
  reset: {
    subject: 'Choose a new password',
    lines: ['Somebody, hopefully you, asked for a new password. Choose it here:', worksOnce('an hour'), notYou],
    page: 'reset',
  },
  change: {
    subject: 'Confirm your new e-mail address',
    lines: ['You asked to use this address for your account. Confirm it here:', worksOnce('an hour'), notYou],
    page: 'change',
  },
  'password-changed': {
    subject: 'Your password was changed',
    lines: [
      'The password of your account was changed, and other devices were logged out.',
      'If it was not you, ask for a new password at once.',
    ],
  },
  'email-changed': {
    subject: 'Your e-mail address was changed',
    lines: [
      'Your account uses another e-mail address now; this one is not its address any more.',
      'If it was not you, write to whoever runs this service.',
    ],
  },
};

/** The letter of a mail; `undefined` for one that nobody gets. */
export function createComposeMail(deps: { publicUrl: string; tokens: EmailTokens }) {
  const root = deps.publicUrl.replace(/\/+$/, '');
  return ({ id, kind, to, seed }: Mail): Letter | undefined => {
    if (kind === 'decoy') return undefined;
    const { subject, lines, page } = wordings[kind];
    const [first = '', ...rest] = lines;
    const link =
      page === undefined || seed === undefined ? [] : [`${root}${mailPages[page]}#${deps.tokens.tokenOf(seed)}`];
    return { id, to, subject, text: `${[first, ...link, ...rest].join('\n\n')}\n` };
  };
}

export type ComposeMail = ReturnType<typeof createComposeMail>;
