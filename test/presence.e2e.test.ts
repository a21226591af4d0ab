import { until } from '@gapless/shared/testing';
import t from 'tap';
import { call, joinRoom, roomOf, signUp } from './actors/person.ts';
import { connect } from './actors/socket.ts';
import { aSystem, urlsOf } from './actors/system.ts';

const system = await aSystem(t, { apis: 2 });
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

t.test('who reconnects when his edge is killed never goes, who does not is gone', async (t) => {
  await joinRoom(cleo, shared);
  await connect(two, cleo);
  await until('cleo', async () => (await active()).has(cleo.id), soonMs);
  const [, edge] = system.edges;
  await edge?.kill9();
  const back = await connect(one, cleo);
  const gaps: number[] = [];
  for (let look = 0; look < 40; look++) {
    if (!(await active()).has(cleo.id)) gaps.push(look);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  t.same(gaps, []);
  back.terminate();
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
