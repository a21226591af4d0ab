import type { TestApi } from './api.ts';

export interface ShownLetter {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Mails to that address that wait on the local outbox page, the newest first. */
export async function lettersTo({ get }: Pick<TestApi, 'get'>, email: string): Promise<ShownLetter[]> {
  const { body } = await get('/outbox.json');
  return (body.items as ShownLetter[]).filter(({ to }) => to === email);
}

/** The token in the newest of them. */
export async function tokenTo(api: Pick<TestApi, 'get'>, email: string): Promise<string> {
  const [letter] = await lettersTo(api, email);
  const token = /#([\w-]{43})\s/.exec(letter?.text ?? '')?.[1];
  if (token === undefined) throw new Error(`no token was mailed to ${email}`);
  return token;
}
