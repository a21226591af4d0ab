import { type CommandName, commands, contractOf, exampleOf, isCallable } from '@gapless/shared/commands';
import { failures } from '@gapless/shared/errors';
import { newId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { Check } from 'typebox/value';
import { startApi } from './support/api.ts';

type Values = Readonly<Record<string, unknown>>;

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const user = await api.signUp();
const room = await api.room(user);
const db = api.mongo.db(api.config.mongoDatabase);
const names = Object.keys(commands) as CommandName[];
/** Asked with care they would end what the test needs. */
const harmless = names.filter(
  (name) => !['sessions.close', 'auth.logOut', 'rooms.delete', 'rooms.leave'].includes(name),
);

const deep = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
const hostile: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e99, Number.MAX_SAFE_INTEGER + 2, '', ' ', '0', '-1', 'NaN', [], {}, [[]]],
  ...[
    'x'.repeat(100_000 / 2),
    '\0',
    'a\0b',
    '\ud800',
    'a\udfff',
    '\u202e\u200b',
    'ａｌｉｃｅ',
    '../../etc',
    '%00',
    '*',
    '>',
    'a.b',
  ],
  ...[{ $gt: '' }, { $ne: null }, { $where: 'sleep(1000)' }, { $regex: '.*' }, [{ $gt: '' }], '$where', '{"$gt":""}'],
  ...[
    JSON.parse('{"__proto__":{"admin":true}}'),
    { constructor: { prototype: { admin: true } } },
    '__proto__',
    'constructor',
  ],
  ...[
    deep(30),
    Array.from({ length: 1_000 }, () => 'x'),
    { length: 1e9 },
    { toString: 'x' },
    'set-cookie: a=b\r\nx: y',
  ],
];

/** Everything that is kept; the times at which something ends, counts of attempts, and what is noted of admins aside. */
async function state(): Promise<string> {
  const { collections } = await db.command({ dbHash: 1 });
  return JSON.stringify({ ...collections, attempts: undefined, audit: undefined });
}

interface Asked {
  readonly status: number;
  readonly type: string;
}

/** As the contract lays it out, whatever the values are. */
async function ask(name: CommandName, parameters: Values): Promise<Asked> {
  const { method, path } = contractOf(name);
  const rest: Record<string, unknown> = { ...parameters };
  const url = path.replace(/:(\w+)/g, (_, key: string) => {
    delete rest[key];
    const value = parameters[key];
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return encodeURIComponent(Buffer.from(text).toString().slice(0, 400)) || '%20';
  });
  const isQuery = method === 'GET' || method === 'DELETE';
  const search = Object.entries(rest).map(([key, value]) => {
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return `${encodeURIComponent(key)}=${encodeURIComponent(Buffer.from(text).toString().slice(0, 4_000))}`;
  });
  const query = isQuery && search.length > 0 ? `?${search.join('&')}` : '';
  const { status, body } = await api.request(method, `/v1${url}${query}`, user.token, isQuery ? undefined : rest);
  return { status, type: String(body?.type) };
}

const isOfTheTable = ({ status, type }: Asked): boolean =>
  status >= 400 && status < 500 && Object.hasOwn(failures, type.replace('urn:gapless:problem:', ''));

const known: Values = { room, user: user.id, sequence: 1, to: [room] };
const baseOf = (name: CommandName): Values => {
  const { parameters, session } = contractOf(name);
  const example = exampleOf(name).parameters;
  const own = Object.fromEntries(Object.keys(parameters.properties).map((key) => [key, known[key] ?? example[key]]));
  return session === undefined ? own : example;
};

for (const name of harmless) {
  t.test(`${name} refuses whatever its parameters cannot be, and changes nothing`, async (t) => {
    const { parameters, method, path } = contractOf(name);
    const base = baseOf(name);
    const before = await state();
    for (const key of Object.keys(parameters.properties)) {
      const isText = method === 'GET' || method === 'DELETE' || path.includes(`:${key}`);
      for (const value of hostile) {
        const changed = { ...base, [key]: value };
        // What is text on its way may come to mean something, and what fits may do as it says.
        if (isText || Check(parameters, changed)) continue;
        const answer = await ask(name, changed);
        if (!isOfTheTable(answer)) t.fail(`${key} = ${JSON.stringify(value).slice(0, 60)}: ${JSON.stringify(answer)}`);
      }
    }
    for (const key of ['__proto__', 'constructor', '$where', 'u', 'sid', 'role', 'admin']) {
      if (Object.hasOwn(parameters.properties, key)) continue;
      const more = JSON.parse(
        JSON.stringify({ ...base })
          .replace(/^\{/, `{"${key}":{"$gt":""},`)
          .replace(/,\}$/, '}'),
      );
      const answer = await ask(name, more);
      if (!isOfTheTable(answer)) t.fail(`with ${key}: ${JSON.stringify(answer)}`);
    }
    t.equal(await state(), before, 'nothing was changed');
  });
}

/** The same seed, the same requests (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let now = seed;
  return (below) => {
    now = (now + 0x6d2b79f5) | 0;
    let mixed = Math.imul(now ^ (now >>> 15), 1 | now);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

t.test('2,000 generated requests: each is answered as the document says, and none is a fault of ours', async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.comment(`SEED=${seed}`);
  const random = randomOf(seed);
  const any = <T>(of: readonly T[]): T => of[random(of.length)] as T;
  const counts = new Map<number, number>();
  for (let n = 0; n < 2_000; n++) {
    const name = any(harmless);
    const base: Record<string, unknown> = { ...baseOf(name) };
    for (const key of Object.keys(base)) {
      const fate = random(10);
      if (fate === 0) delete base[key];
      else if (fate < 3) base[key] = any(hostile);
      else if (fate === 3) base[key] = any(Object.values(known));
    }
    if (random(20) === 0) base[any(['$or', 'x', 'clientId', 'ifVersion', 'limit'])] = any(hostile);
    const { status, type } = await ask(name, base);
    counts.set(status, (counts.get(status) ?? 0) + 1);
    if (status === 500) t.fail(`seed ${seed}, request ${n}: ${name} ${JSON.stringify(base).slice(0, 300)} ${type}`);
  }
  t.comment(
    [...counts]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${status}: ${count}`)
      .join(', '),
  );
  t.equal((await api.get('/v1/me', user.token)).status, 200, 'the api still answers');
});

t.test('over a socket the same is refused: what reaches the api has been held against the contract', async (t) => {
  const before = await state();
  for (const name of harmless.filter(isCallable)) {
    const { parameters } = contractOf(name);
    const base = baseOf(name);
    for (const key of Object.keys(parameters.properties)) {
      for (const value of [{ $gt: '' }, [], null, 1.5]) {
        const p = { ...base, [key]: value };
        if (Check(parameters, p)) continue;
        const asked = api.bus.commands.call(`call.${name}`, { u: user.id, sid: newId(), p });
        const kind = await asked.then(
          () => 'carried out',
          (error: { kind?: string }) => error.kind,
        );
        if (kind !== 'invalid_request') t.fail(`${name} with ${key} = ${JSON.stringify(value)}: ${kind}`);
      }
    }
  }
  t.equal(await state(), before, 'nothing was changed');
  t.equal(({} as Record<string, unknown>)['admin'], undefined);
});
