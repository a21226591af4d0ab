import { type CommandName, contractOf, exampleOf, type Scope } from '@gapless/shared/commands';
import type { UserId } from '@gapless/shared/schema';
import type { Answer, TestApi, TestUser } from './api.ts';

export async function anAdmin(api: TestApi): Promise<TestUser> {
  const admin = await api.signUp();
  const users = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('users');
  await users.updateOne({ _id: admin.id }, { $set: { role: 'admin' } });
  return admin;
}

type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface More {
  /** Asked for in the name of that user. */
  readonly as?: UserId;
  readonly [header: string]: string | undefined;
}

export type Asking = (bearer: string, method: Verb, path: string, body?: object, more?: More) => Promise<Answer>;

/** Asks at the admin listener. */
export const askingAdmin =
  ({ api }: TestApi): Asking =>
  async (bearer, method, url, body, { as, ...more } = {}) => {
    const headers = { authorization: `Bearer ${bearer}`, ...(as === undefined ? {} : { 'gapless-as': as }), ...more };
    const payload = body === undefined ? {} : { payload: body };
    const response = await api.adminHttp().inject({ method, url, headers, ...payload });
    const isJson = String(response.headers['content-type']).includes('json');
    return { status: response.statusCode, body: isJson ? response.json() : undefined, headers: response.headers };
  };

/** An API key of these scopes. */
export async function aKey(ask: Asking, admin: TestUser, scopes: readonly Scope[]): Promise<string> {
  const { status, body } = await ask(admin.token, 'POST', '/v1/admin/keys', { name: 'a back end', scopes });
  if (status !== 201) throw new Error(`making a key answered ${status}: ${JSON.stringify(body)}`);
  return body.secret;
}

type Values = Readonly<Record<string, unknown>>;

/** A request for the command as its example asks for it, with these values in place of the example's. */
export function requestFor(name: CommandName, values: Values = {}): { method: Verb; url: string; body?: Values } {
  const { method, path, parameters } = contractOf(name);
  const needed: readonly string[] = parameters.required ?? [];
  const { parameters: example } = exampleOf(name);
  const known = Object.keys(parameters.properties).filter((key) => needed.includes(key) || key in values);
  const rest = Object.fromEntries(known.map((key) => [key, key in values ? values[key] : example[key]]));
  const url = `/v1${path.replace(/:(\w+)/g, (_, key: string) => {
    const value = String(rest[key]);
    delete rest[key];
    return encodeURIComponent(value);
  })}`;
  if (method !== 'GET' && method !== 'DELETE') return { method, url, body: rest };
  const query = new URLSearchParams(rest as Record<string, string>).toString();
  return { method, url: query === '' ? url : `${url}?${query}` };
}
