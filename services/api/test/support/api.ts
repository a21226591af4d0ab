import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bus, createMemoryBus } from '@gapless/shared/bus';
import type { Door } from '@gapless/shared/commands';
import { type Config, loadConfig } from '@gapless/shared/config';
import { createMetrics, newSigningKey, silentLogger } from '@gapless/shared/runtime';
import { logIndexes, newId, type RoomId, type UserId } from '@gapless/shared/schema';
import { type QueryPlans, scratchFor, type Teardown, until, watchQueryPlans } from '@gapless/shared/testing';
import { type Db, MongoClient } from 'mongodb';
import { type Api, type ApiDeps, createApi } from '../../src/app.ts';
import { type Answered, checkAnswer } from './answer-check.ts';

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface TestUser {
  readonly id: UserId;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
}

export interface TestApi {
  readonly api: Api;
  readonly bus: Bus;
  readonly config: Config;
  readonly signingKeyPem: string;
  readonly mongo: MongoClient;
  /** What the server did for the api. */
  readonly plans: QueryPlans;
  get(path: string, token?: string): Promise<Answer>;
  post(path: string, body?: unknown, token?: string): Promise<Answer>;
  /** Paths of admins are asked for at their listener, the others at the public one. */
  request(method: Method, path: string, token?: string, body?: unknown, more?: Headers): Promise<Answer>;
  signUp(nickname?: string): Promise<TestUser>;
  room(owner: TestUser, name?: string): Promise<RoomId>;
}

/** Cheap hashes and wide limits, but for what a test is about. */
const relaxed: Partial<Config> = {
  apiPort: 0,
  adminApiPort: 0,
  showMails: true,
  passwordMemoryKib: 256,
  passwordPasses: 1,
  loginsPerMinute: 10_000,
  requestsPerMinute: 1_000_000,
  fileCollectMs: 86_400_000,
  adminRequestsPerMinute: 1_000_000,
};

/** An api on a database of its own, over the in-memory bus where no other is given. */
export async function startApi(
  t: Teardown,
  mongoUrl: string,
  options: { config?: Partial<Config>; deps?: ApiDeps; bus?: Bus; isReady?: boolean } = {},
): Promise<TestApi> {
  const signingKeyPem = newSigningKey();
  const signingKeyFile = join(scratchFor(t), 'key.pem');
  writeFileSync(signingKeyFile, signingKeyPem);
  const config: Config = {
    ...loadConfig('api', { GAPLESS_SIGNING_KEY_FILE: signingKeyFile }),
    ...relaxed,
    mongoUrl,
    mongoDatabase: `test-${newId()}`,
    ...options.config,
  };
  const bus = options.bus ?? createMemoryBus();
  const context = { config, logger: silentLogger(), metrics: createMetrics('api') };
  const api = createApi(context, { connectBus: async () => bus, ...options.deps });
  const mongo = new MongoClient(mongoUrl, { serverSelectionTimeoutMS: 2_000 });
  const db = mongo.db(config.mongoDatabase);
  let plans = unwatched;
  t.teardown(async () => {
    await api.close();
    const bad = await plans.scansAndSorts();
    await mongo.close();
    if (bad.length > 0) throw new Error(`queries without an index:\n${bad.join('\n')}`);
  });
  await api.start();
  checkAnswers(api);
  if (options.isReady !== false) {
    await until('a ready api', () => api.obstacles().length === 0);
    // From here on: a migration may look at everything, once.
    plans = await watchPlans(db);
  }
  return { api, bus, config, signingKeyPem, mongo, plans, ...verbsOf(api) };
}

/** A query that reads a whole collection or sorts in memory fails the test that made it. */
async function watchPlans(db: Db): Promise<QueryPlans> {
  // The log worker's, which is not here.
  for (const [collection, indexes] of Object.entries(logIndexes)) {
    await db.collection(collection).createIndexes([...indexes]);
  }
  return watchQueryPlans(db, 'gapless-api');
}

/** Of a database that may be away. */
const unwatched: QueryPlans = { operations: async () => [], scansAndSorts: async () => [] };

/** Whatever the api answers in a test must be what its documents say, asked by whatever way. */
function checkAnswers(api: Api): void {
  checkAnswersOf('public', api.http());
  checkAnswersOf('admin', api.adminHttp());
}

function checkAnswersOf(door: Door, http: ReturnType<Api['http']>): void {
  const inject = http.inject.bind(http) as (asked: unknown) => Promise<Answered>;
  const checked = async (asked: string | { method?: string; url?: string }): Promise<Answered> => {
    const response = await inject(asked);
    const { method = 'GET', url = '' } = typeof asked === 'string' ? { url: asked } : asked;
    checkAnswer(door, method.toUpperCase(), url, response);
    return response;
  };
  http.inject = checked as never;
}

type Headers = Readonly<Record<string, string>>;
type Method = 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

function verbsOf(api: Api): Pick<TestApi, 'get' | 'post' | 'request' | 'signUp' | 'room'> {
  const request: TestApi['request'] = async (method, url, token, body, more) => {
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...more };
    const payload = body === undefined ? {} : { payload: body as object };
    const http = url.startsWith('/v1/admin/') ? api.adminHttp() : api.http();
    const response = await http.inject({ method, url, headers, ...payload });
    const isJson = String(response.headers['content-type']).includes('json');
    return { status: response.statusCode, body: isJson ? response.json() : undefined, headers: response.headers };
  };
  const post: TestApi['post'] = (path, body, token) => request('POST', path, token, body);
  return {
    get: (path, token) => request('GET', path, token),
    post,
    request,
    async signUp(nickname = `user-${newId().slice(-12)}`) {
      const [email, password] = [`${nickname}@example.org`, 'correct horse battery'];
      const { status, body } = await post('/v1/auth/signup', { email, nickname, password });
      if (status !== 201) throw new Error(`sign-up answered ${status}: ${JSON.stringify(body)}`);
      return { id: body.user.id, email, password, token: body.accessToken, refreshToken: body.refreshToken };
    },
    async room(owner, name = 'a room') {
      const { status, body } = await post('/v1/rooms', { name }, owner.token);
      if (status !== 201) throw new Error(`creating a room answered ${status}: ${JSON.stringify(body)}`);
      return body.id;
    },
  };
}
