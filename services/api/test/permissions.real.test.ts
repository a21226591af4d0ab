import {
  type Callable,
  type CommandName,
  commands,
  contractOf,
  exampleOf,
  isCallable,
  isPermitted,
  permissions,
  type RoomCommand,
  type Standing,
  standings,
} from '@gapless/shared/commands';
import { newId, type RoomId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import t from 'tap';
import { Compile } from 'typebox/compile';
import { closed } from './support/answer-check.ts';
import { type Answer, startApi, type TestUser } from './support/api.ts';
import { aRoomOfAll, oneOfEach, type RoomOfAll } from './support/room-of-all.ts';

type Values = Readonly<Record<string, unknown>>;

/** What came of asking: the kind of failure, or nothing. */
type Outcome = string | undefined;

const mongo = await startMongo(t);
const api = await startApi(t, mongo.url);
const [target, extra] = [await api.signUp(), await api.signUp()];
const people = await oneOfEach(api);
const names = Object.keys(permissions) as RoomCommand[];
/** Fill in what the asker has, in the order in which rights grow: whoever may undo the room comes last. */
const order = standings;

/** A room in which everybody may be asked about something: a member who is acted on, and a message of each member. */
interface Scene extends RoomOfAll {
  readonly number: number;
  readonly messages: Readonly<Partial<Record<Standing, number>>>;
  readonly homes: Readonly<Record<Standing, RoomId>>;
}

const needsMessages = (name: RoomCommand): boolean => 'sequence' in contractOf(name).parameters.properties;

async function aScene(name: RoomCommand): Promise<Scene> {
  const all = await aRoomOfAll(api, 'public', people);
  const { room, users } = all;
  const path = `/v1/rooms/${room}`;
  await done(api.post(`${path}/members`, { users: [target.id] }, users.owner.token));
  const messages: Partial<Record<Standing, number>> = {};
  if (needsMessages(name)) {
    await done(api.request('DELETE', `${path}/members/${users.muted.id}/mute`, users.owner.token));
    for (const standing of ['muted', 'member', 'moderator', 'owner'] as const) {
      const sent = await done(api.post(`${path}/messages`, { body: { text: standing } }, users[standing].token));
      messages[standing] = sent.body.sequence;
    }
    await done(api.request('PUT', `${path}/members/${users.muted.id}/mute`, users.owner.token));
  }
  const homes = {} as Record<Standing, RoomId>;
  if (name === 'messages.forward') for (const standing of order) homes[standing] = await homeOf(users[standing]);
  const { body } = await done(api.get(path, users.owner.token));
  return { ...all, number: body.number, messages, homes };
}

const homesOfAll = new Map<TestUser, Promise<RoomId>>();
function homeOf(user: TestUser): Promise<RoomId> {
  const home = homesOfAll.get(user) ?? api.room(user);
  homesOfAll.set(user, home);
  return home;
}

async function done(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked;
  if (answer.status >= 300) throw new Error(`the scene was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer;
}

/** What that one would ask: nothing that could be refused for another reason, as far as that can be. */
function parametersFor(name: CommandName, scene: Scene, standing: Standing): Values {
  const { parameters } = contractOf(name);
  const { room, number, users, messages, homes } = scene;
  // Nobody reports what he wrote himself; what one wrote may be changed and deleted.
  const author = name !== 'messages.report' ? standing : standing === 'owner' ? 'member' : 'owner';
  const sequence = messages[author] ?? messages.member;
  const brought = ['rooms.invite', 'invites.withdraw'].includes(name);
  const own: Values = {
    ...{
      room,
      number,
      sequence,
      user: brought ? extra.id : target.id,
      users: [extra.id],
      to: [homes[standing] ?? room],
    },
    ...(name === 'messages.whisper' ? { user: users[standing === 'owner' ? 'moderator' : 'owner'].id } : {}),
  };
  const needed: readonly string[] = parameters.required ?? [];
  const { parameters: example } = exampleOf(name);
  const known = Object.keys(parameters.properties).filter((key) => needed.includes(key) || (key in own && own[key]));
  return Object.fromEntries(known.map((key) => [key, key in own ? own[key] : example[key]]));
}

async function byRest(name: CommandName, parameters: Values, token?: string): Promise<Outcome> {
  const { method, path } = contractOf(name);
  const rest = { ...parameters };
  const url = path.replace(/:(\w+)/g, (_, key: string) => {
    delete (rest as Record<string, unknown>)[key];
    return encodeURIComponent(String(parameters[key]));
  });
  const isQuery = method === 'GET' || method === 'DELETE';
  const query = isQuery ? `?${new URLSearchParams(rest as Record<string, string>)}` : '';
  const { status, body } = await api.request(method, `/v1${url}${query}`, token, isQuery ? undefined : rest);
  return status < 400 ? undefined : String(body.type).replace('urn:gapless:problem:', '');
}

/** The answer has not gone through REST: it must be what the contract says all the same, with nothing beside it. */
async function byCall(name: Callable, parameters: Values, { id }: TestUser): Promise<Outcome> {
  const { answer } = contractOf(name);
  try {
    const found = await api.bus.commands.call(`call.${name}`, { u: id, sid: newId(), p: parameters });
    const shown: unknown = JSON.parse(JSON.stringify(found ?? null));
    const isPromised = answer === undefined ? shown === null : Compile(closed(answer) as never).Check(shown);
    if (!isPromised) throw new Error(`call ${name} answered ${JSON.stringify(shown)}`);
    return undefined;
  } catch (error) {
    const { kind } = error as { kind?: string };
    if (kind === undefined) throw error;
    return kind;
  }
}

/** Whoever may not learns why. Who is muted and has not the right either may be told the one or the other. */
function refusalsOf(name: RoomCommand, standing: Standing): readonly Outcome[] {
  if (standing === 'stranger') return ['not_member'];
  if (standing === 'banned') return ['banned'];
  if (standing !== 'muted') return ['forbidden'];
  return isPermitted(name, 'member') ? ['muted'] : ['muted', 'forbidden'];
}

const refusals = new Set(['not_member', 'banned', 'muted', 'forbidden', 'room_not_found', 'token_required']);

/** Reading changes nothing: all of that may be asked in one place. */
let readScene: Promise<Scene> | undefined;
const sceneFor = (name: RoomCommand): Promise<Scene> => {
  if (contractOf(name).method !== 'GET') return aScene(name);
  readScene ??= aScene('messages.get');
  return readScene;
};

for (const name of names) {
  t.test(`${name} is for ${permissions[name].join(', ')}`, async (t) => {
    for (const way of isCallable(name) ? (['REST', 'call'] as const) : (['REST'] as const)) {
      const scene = await sceneFor(name);
      for (const standing of order) {
        const user = scene.users[standing];
        const parameters = parametersFor(name, scene, standing);
        const outcome =
          way === 'REST'
            ? await byRest(name, parameters, user.token)
            : await byCall(name as Callable, parameters, user);
        if (isPermitted(name, standing)) t.notOk(refusals.has(outcome ?? ''), `${standing} may by ${way}: ${outcome}`);
        else t.ok(refusalsOf(name, standing).includes(outcome), `${standing} may not by ${way}: ${outcome}`);
      }
    }
  });
}

t.test('of a private room a stranger learns nothing by any command', async (t) => {
  const { room, users } = await aRoomOfAll(api, 'private', people);
  const scene = { room, users, number: 1, messages: { member: 1 }, homes: {} as never };
  for (const name of names) {
    if (!('room' in contractOf(name).parameters.properties) || name === 'messages.whisper') continue;
    for (const standing of ['stranger', 'banned'] as const) {
      const parameters = parametersFor(name, scene, standing);
      const outcome = await byRest(name, parameters, users[standing].token);
      if (name === 'rooms.leave') continue;
      t.equal(outcome, 'room_not_found', `${standing}: ${name}`);
    }
  }
});

t.test('a command of a session is for nobody without one', async (t) => {
  const scene = { room: newId<RoomId>(), users: {} as never, number: 1, messages: { member: 1 }, homes: {} as never };
  const gone = await api.signUp();
  await api.post('/v1/auth/logout', {}, gone.token);
  const elsewhere = await startApi(t, mongo.url);
  const stranger = await elsewhere.signUp();
  const callable = (Object.keys(commands) as CommandName[]).filter(isCallable);
  for (const name of callable) {
    const parameters = name === 'messages.whisper' ? exampleOf(name).parameters : parametersFor(name, scene, 'member');
    for (const token of [undefined, '', 'x.y.z', gone.token, stranger.token]) {
      t.equal(await byRest(name, parameters, token), 'token_required', name);
    }
  }
});

t.test('a disabled user may nothing, not even with a token of before', async (t) => {
  const [admin, disabled] = [await api.signUp(), await api.signUp()];
  const users = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('users');
  await users.updateOne({ _id: admin.id }, { $set: { role: 'admin' } });
  t.equal((await api.post(`/v1/admin/users/${disabled.id}/disable`, undefined, admin.token)).status, 204);
  const scene = { room: newId<RoomId>(), users: {} as never, number: 1, messages: { member: 1 }, homes: {} as never };
  for (const name of (Object.keys(commands) as CommandName[]).filter(isCallable)) {
    const parameters = name === 'messages.whisper' ? exampleOf(name).parameters : parametersFor(name, scene, 'member');
    const outcome = await byRest(name, parameters, disabled.token);
    t.ok(outcome === 'account_disabled' || outcome === 'token_required', `${name}: ${outcome}`);
  }
});

t.test('what is for admins is for them only, and gives no right in rooms', async (t) => {
  const admin = await api.signUp();
  const users = api.mongo.db(api.config.mongoDatabase).collection<{ _id: string }>('users');
  await users.updateOne({ _id: admin.id }, { $set: { role: 'admin' } });
  const victim = await api.signUp();
  const ofAdmins = (Object.keys(commands) as CommandName[]).filter((name) => contractOf(name).door === 'admin');
  t.ok(ofAdmins.length > 0);
  for (const name of ofAdmins) {
    const { parameters: sample } = exampleOf(name);
    const parameters = sample !== undefined && 'user' in sample ? { ...sample, user: victim.id } : { ...sample };
    t.equal(await byRest(name, parameters), 'token_required', `${name} by nobody`);
    t.equal(await byRest(name, parameters, target.token), 'forbidden', `${name} by a user`);
    t.notOk(isCallable(name), `${name} is nothing that a socket may call`);
    await t.rejects(api.bus.commands.call(`call.${name}`, { u: admin.id, sid: newId(), p: parameters }));
    const { method, path } = contractOf(name);
    const headers = { authorization: `Bearer ${admin.token}` };
    const elsewhere = await api.api.http().inject({ method, url: `/v1${path}`, headers });
    const nowhere = await api.api.http().inject({ method, url: '/v1/admin', headers });
    t.match(elsewhere.json(), { type: 'urn:gapless:problem:route_not_found' }, `${name} at the public listener`);
    t.same(Object.keys(elsewhere.json()), Object.keys(nowhere.json()), 'like any path that is not there');
    t.not(await byRest(name, parameters, admin.token), 'forbidden', `${name} by an admin`);
  }
  const { room } = await aRoomOfAll(api, 'public', people);
  for (const verb of ['messages', 'members', 'bans']) {
    t.match(await api.get(`/v1/rooms/${room}/${verb}`, admin.token), { status: 403, body: { code: 'not_member' } });
  }
});
