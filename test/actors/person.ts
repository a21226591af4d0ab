import type { RoomId, UserId } from '@gapless/shared/schema';

/** Somebody with an account, speaking REST. */
export interface Person {
  readonly id: UserId;
  readonly nickname: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
  get<T>(path: string): Promise<Answer<T>>;
  post<T>(path: string, body?: unknown): Promise<Answer<T>>;
  ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T>>;
}

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

export interface RoomItem {
  readonly id: RoomId;
  readonly number: number;
  readonly name: string;
}

let nobodyYet = 0;

export async function signUp(api: string, nickname = `someone-${process.pid}-${++nobodyYet}`): Promise<Person> {
  const account = { nickname, email: `${nickname}@test.example`, password: 'a long enough password' };
  const { status, body } = await call<Session>(api, 'POST', '/v1/auth/signup', account);
  if (status !== 201) throw new Error(`sign-up answered ${status}: ${JSON.stringify(body)}`);
  return {
    ...account,
    id: body.user.id,
    token: body.accessToken,
    refreshToken: body.refreshToken,
    get: (path) => call(api, 'GET', path, undefined, body.accessToken),
    ask: (method, path, sent) => call(api, method, path, sent, body.accessToken),
    post: (path, sent) => call(api, 'POST', path, sent, body.accessToken),
  };
}

interface Session {
  readonly user: { readonly id: UserId };
  readonly accessToken: string;
  readonly refreshToken: string;
}

export async function call<T>(
  api: string,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Answer<T>> {
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const init = { method, headers, signal: AbortSignal.timeout(20_000) };
  const response = await fetch(`${api}${path}`, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
}

/** A group room of the first one that all others have joined. */
export async function roomOf(owner: Person, ...others: Person[]): Promise<RoomItem> {
  const { status, body } = await owner.post<RoomItem>('/v1/rooms', { name: 'A room' });
  if (status !== 201) throw new Error(`making a room answered ${status}: ${JSON.stringify(body)}`);
  for (const other of others) await joinRoom(other, body.id);
  return body;
}

export async function joinRoom(person: Person, room: RoomId): Promise<void> {
  const { status, body } = await person.post(`/v1/rooms/${room}/join`);
  if (status >= 300) throw new Error(`joining answered ${status}: ${JSON.stringify(body)}`);
}
