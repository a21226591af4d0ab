import { mintPeople, until } from '@gapless/shared/testing';
import t from 'tap';
import { call, joinRoom, roomOf, signUp } from './actors/person.ts';
import { connect, type Socket } from './actors/socket.ts';
import { aSystem, urlsOf } from './actors/system.ts';

const system = await aSystem(t, { apis: 2, settings: { edge: { pendingPerAddress: 10_000 } } });
const [one, two] = urlsOf(system) as [string, string];
const { url: api } = system.api;
/** A machine that does many things at once may take its time; that it is ten seconds is shown where the clock is a fake. */
const soonMs = 30_000;

interface Active {
  readonly items: readonly { readonly id: string; readonly nickname: string; readonly presence: string }[];
}

const people = [await signUp(api), await signUp(api), await signUp(api)] as const;
const [anna, ben, cleo] = people;
const { id: shared } = await roomOf(anna, ben);

async function active(): Promise<Map<string, string>> {
  const { status, body } = await call<Active>(api, 'GET', '/v1/users/active', undefined, anna.token);
  if (status !== 200) return new Map();
  return new Map(body.items.map(({ id, presence }) => [id, presence]));
}

t.test('users who have a socket on any edge are online, and one who is away from it is away', async (t) => {
  await connect(one, anna);
  const phone = await connect(two, ben);
  await until('both', async () => (await active()).size === 2, soonMs);
  await phone.request({ t: 'here', as: 'away' });
  await until('ben to be away', async () => (await active()).get(ben.id) === 'away', soonMs);
  await connect(one, ben);
  await until('ben to be back', async () => (await active()).get(ben.id) === 'online', soonMs);
  const page = await call<Active & { next?: string }>(api, 'GET', '/v1/users/active?limit=1', undefined, anna.token);
  t.equal(page.body.items.length, 1);
  t.type(page.body.next, 'string');
});

t.test('who watches is told of those with whom he shares a room, and of nobody else', async (t) => {
  const watcher = await connect(two, anna);
  const tellings = () =>
    watcher.frames.filter((frame) => frame.t === 'pres').flatMap(({ w }) => w as [string, string][]);
  t.match(await watcher.request({ t: 'watch', us: [ben.id, cleo.id] }), { t: 'ok' });
  t.same(tellings(), [[ben.id, 'online']]);
  for (const as of ['away', 'hidden', 'online'] as const) {
    const sockets = [await connect(one, ben), await connect(two, ben)];
    for (const socket of sockets) await socket.request({ t: 'here', as });
    for (const socket of sockets) socket.terminate();
  }
  const shy = await connect(two, ben);
  await shy.request({ t: 'here', as: 'hidden' });
  await until('ben to hide', () => tellings().at(-1)?.[1] === 'offline', soonMs);
  t.notOk((await active()).has(ben.id));
  shy.terminate();
  await until('ben to show himself', () => tellings().at(-1)?.[1] === 'online', soonMs);
  await watcher.request({ t: 'unwatch', us: [ben.id] });
  t.equal((await anna.ask('PUT', `/v1/me/blocked/${ben.id}`)).status, 204);
  const before = tellings().length;
  await watcher.request({ t: 'watch', us: [ben.id] });
  t.equal(tellings().length, before, 'who is blocked is nobody');
  t.notOk((await active()).has(ben.id));
  t.notOk(tellings().some(([user]) => user === cleo.id));
  t.match(await watcher.request({ t: 'watch', us: ['nobody'] }), { t: 'err', code: 'bad_frame' });
});

t.test('who goes is gone, and it is known when he was last seen', async (t) => {
  await joinRoom(cleo, shared);
  const phone = await connect(two, cleo);
  await until('cleo', async () => (await active()).has(cleo.id), soonMs);
  phone.terminate();
  const left = Date.now();
  await until('cleo to be gone', async () => !(await active()).has(cleo.id), soonMs);
  t.ok((await active()).has(anna.id));
  const watcher = await connect(one, anna);
  const seen = async (): Promise<number> => {
    await watcher.request({ t: 'watch', us: [cleo.id] });
    const last = watcher.frames.findLast((frame) => frame.t === 'pres');
    const [[, , at] = []] = (last?.['w'] ?? []) as [string, string, number?][];
    return at ?? 0;
  };
  await until('it to be known when she was last seen', async () => (await seen()) >= left, soonMs);
});

type Told = readonly [user: string, presence: string];
const tellings = ({ frames }: Socket): Told[] =>
  frames.filter(({ t }) => t === 'pres').flatMap(({ w }) => w as unknown as Told[]);

async function inTurns<T, R>(all: readonly T[], atOnce: number, work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let n = 0; n < all.length; n += atOnce) done.push(...(await Promise.all(all.slice(n, n + atOnce).map(work))));
  return done;
}

t.test(
  'of five hundred who reconnect at once when their edge is killed nobody is told; of who stays away, once',
  async (t) => {
    const [, edge] = system.edges;
    const { id: room } = await roomOf(anna);
    const crowd = await mintPeople(system, room, 500);
    await inTurns(crowd, 100, (person) => connect(two, person, 'none'));
    const parts = [crowd.slice(0, 200), crowd.slice(200, 400), crowd.slice(400)];
    const watchers = await Promise.all(parts.map(() => connect(one, anna, 'none')));
    const watch = (part: typeof crowd, n: number) => watchers[n]?.request({ t: 'watch', us: part.map(({ id }) => id) });
    for (const answer of await Promise.all(parts.map(watch))) t.match(answer, { t: 'ok' });
    const seen = () => watchers.flatMap(tellings);
    await until('all of them are online', () => new Map(seen()).size === 500 && isAll(seen(), 'online'), soonMs);

    const before = watchers.map(({ frames }) => frames.length);
    const [away, back] = [crowd.slice(0, 10), crowd.slice(10)];
    await edge?.kill9();
    const killed = Date.now();
    const took = await Promise.all(
      back.map(async (person) => {
        await connect(one, person, 'none');
        return { id: person.id as string, ms: Date.now() - killed };
      }),
    );
    const since = () =>
      watchers.flatMap((watcher, n) => tellings({ frames: watcher.frames.slice(before[n]) } as Socket));
    await until(
      'those who stay away are offline',
      () => away.every(({ id }) => isTold(since(), id, 'offline')),
      soonMs,
    );
    const inTime = new Set(took.filter(({ ms }) => ms < graceMs).map(({ id }) => id));
    t.same(
      since().filter(([user]) => inTime.has(user)),
      [],
      `of ${inTime.size} who were back within the grace no frame says anything`,
    );
    t.ok(inTime.size >= 100, `${inTime.size} were back within the grace`);
    for (const { id } of back.filter((person) => !inTime.has(person.id))) {
      const told = since().filter(([user]) => user === id);
      t.same(
        told.map(([, presence]) => presence),
        ['offline', 'online'].slice(0, told.length),
        'who was late is told of once each way at most',
      );
    }
    for (const { id } of away) t.equal(since().filter(([user]) => user === id).length, 1, 'once');
  },
);

/** Silence alone makes nobody leave for that long. */
const graceMs = 5_000;
const isAll = (told: readonly Told[], presence: string): boolean =>
  [...new Map(told).values()].every((one) => one === presence);
const isTold = (told: readonly Told[], id: string, presence: string): boolean =>
  told.some(([user, now]) => user === id && now === presence);
