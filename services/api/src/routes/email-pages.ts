import { Failure } from '@gapless/shared/errors';
import { PasswordSchema } from '@gapless/shared/schema';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/value';
import { mailPages } from '../domain/accounts/compose-mail.ts';
import type { Credentials } from '../domain/accounts/credentials.ts';
import { emailTokenPattern } from '../domain/accounts/email-tokens.ts';
import type { SignUp } from '../domain/accounts/sign-up.ts';
import { strictLimit } from '../plugins/rate-limits.ts';
import { escapeHtml, type Page, sendPage } from './page.ts';

export interface EmailPagesOptions {
  readonly signUps: Pick<SignUp, 'verifyEmail'>;
  readonly credentials: Pick<Credentials, 'resetPassword' | 'confirmEmail'>;
  readonly foresee: (error: unknown) => Failure | undefined;
  readonly costlyPerMinute: number;
}

const Form = Type.Object({
  token: Type.String({ pattern: emailTokenPattern }),
  password: Type.Optional(PasswordSchema),
  nickname: Type.Optional(Type.String({ maxLength: 200 })),
});
type Form = Static<typeof Form>;

interface EmailPage {
  readonly path: string;
  readonly title: string;
  readonly button: string;
  readonly done: string;
  /** Further fields, in HTML. */
  readonly fields?: string;
  act(form: Form, address: string): Promise<void>;
}

const formType = 'application/x-www-form-urlencoded';
const password =
  '<label>New password<input type="password" name="password" minlength="10" maxlength="128" required ' +
  'autocomplete="new-password"></label>';
const nickname = '<label>Another nickname<input name="nickname" maxlength="90" required></label>';

/** Where mails lead to. Looking at a page does nothing: programs that look into mails first use no token up. */
export async function emailPages(app: FastifyInstance, options: EmailPagesOptions): Promise<void> {
  const { foresee, costlyPerMinute } = options;
  app.addContentTypeParser(formType, { parseAs: 'string' }, async (_: unknown, body: string) =>
    Object.fromEntries(new URLSearchParams(body)),
  );
  app.setErrorHandler((error, request, reply) => {
    const failure = foresee(error) ?? (isOfClient(error) ? new Failure('invalid_request') : new Failure('internal'));
    if (failure.kind === 'internal') request.log.error({ err: error }, 'a bug in a page');
    const body = `<p>${escapeHtml(failure.status >= 500 ? 'Please try again later.' : failure.message)}</p>`;
    return sendPage(reply, { title: 'That did not work', body }, failure.status);
  });

  for (const page of pagesOf(options)) {
    const schema = { hide: true };
    app.get(page.path, { schema }, async (_, reply) => sendPage(reply, formOf(page, page.fields ?? '')));
    app.post(page.path, { schema, config: strictLimit(costlyPerMinute) }, async (request, reply) => {
      const form = request.body;
      if (!Check(Form, form))
        throw new Failure('invalid_request', { detail: 'The form is not filled in as it must be' });
      try {
        await page.act(form, request.ip);
      } catch (error) {
        if (!isNameTrouble(error)) throw error;
        return sendPage(reply, formOf(page, nickname, form.token, error.message), error.status);
      }
      return sendPage(reply, { title: page.title, body: `<p>${page.done}</p>` });
    });
  }
}

const isOfClient = (error: unknown): boolean => Number((error as { statusCode?: number }).statusCode ?? 500) < 500;

/** Somebody else has got the nickname since the mail was sent, or this one is none: another can be given. */
const isNameTrouble = (error: unknown): error is Failure =>
  error instanceof Failure && (error.kind === 'nickname_taken' || error.kind === 'invalid_request');

function formOf({ title, path, button }: EmailPage, fields: string, token = '', trouble = ''): Page {
  const body =
    `${trouble === '' ? '' : `<p>${escapeHtml(trouble)}</p>`}<form method="post" action="${path}">` +
    `<label>Code, what stands behind the # in the mail’s link<input name="token" required autocomplete="off" ` +
    `value="${escapeHtml(token)}"></label>${fields}<button>${escapeHtml(button)}</button></form>`;
  return { title, body, takesToken: true };
}

const pagesOf = ({ signUps, credentials }: EmailPagesOptions): readonly EmailPage[] => [
  {
    path: mailPages.verify,
    title: 'Confirm your e-mail address',
    button: 'Confirm',
    done: 'Your address is confirmed. You can log in now.',
    act: ({ token, nickname: another }, address) =>
      signUps.verifyEmail({ token, address, ...(another === undefined ? {} : { nickname: another }) }),
  },
  {
    path: mailPages.reset,
    title: 'Choose a new password',
    button: 'Set the password',
    done: 'Your password is set, and you are logged out everywhere. You can log in now.',
    fields: password,
    async act({ token, password: chosen }, address) {
      if (chosen === undefined) throw new Failure('invalid_request', { detail: 'A password is needed' });
      await credentials.resetPassword({ token, password: chosen, address });
    },
  },
  {
    path: mailPages.change,
    title: 'Confirm your new e-mail address',
    button: 'Confirm',
    done: 'This is the address of your account now.',
    act: ({ token }, address) => credentials.confirmEmail({ token, address }),
  },
];
