import { Refusal } from './refusal.ts';

export interface RestAnswer<T> {
  readonly status: number;
  readonly body: T;
}

export interface Rest {
  get<T>(path: string, token: string): Promise<RestAnswer<T>>;
  post<T>(path: string, body: unknown, token?: string): Promise<RestAnswer<T>>;
}

const requestMs = 10_000;

/** The public API, as any other client uses it. */
export function createRest(baseUrl: string): Rest {
  async function request<T>(method: string, path: string, token?: string, body?: unknown): Promise<RestAnswer<T>> {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestMs),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
  }
  return {
    get: (path, token) => request('GET', path, token),
    post: (path, body, token) => request('POST', path, token, body),
  };
}

/** For answers that leave nothing to decide: anything but success is told with the API's own words. */
export function requireSuccess<T>(what: string, { status, body }: RestAnswer<T>): T {
  if (status < 300) return body;
  const { title, detail } = (body ?? {}) as { title?: string; detail?: string };
  throw new Refusal(`${what} failed: the API answered ${status} ${detail ?? title ?? ''}`.trimEnd());
}
