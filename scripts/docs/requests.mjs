/** Every request of the OpenAPI document, with demo accounts and variables filled in: what Postman and `.http` files are made of. */
import { demoAccounts } from '../../services/launcher/dist/src/demo-data.js';

const [alice, bob] = demoAccounts;

/** Where nothing else is said: those of `make run`. */
export const variables = {
  baseUrl: 'http://127.0.0.1:8080',
  email: alice.email,
  password: alice.password,
  otherEmail: bob.email,
};

/** Variables that answers give, by the request that gives them: where in the answer it stands. */
const captures = {
  'auth.logIn': { accessToken: 'accessToken', refreshToken: 'refreshToken' },
  'auth.refresh': { accessToken: 'accessToken', refreshToken: 'refreshToken' },
  'rooms.create': { room: 'id', number: 'number' },
  'rooms.invite': { invite: 'id' },
  'invitations.create': { link: 'id', code: 'code' },
  'files.upload': { file: 'id' },
  'messages.send': { sequence: 'sequence' },
};

/** Parameters by their names, wherever they stand. */
const byName = {
  email: '{{email}}',
  password: '{{password}}',
  newPassword: '{{password}}',
  refreshToken: '{{refreshToken}}',
  room: '{{room}}',
  number: '{{number}}',
  user: '{{user}}',
  users: ['{{user}}'],
  to: ['{{room}}'],
  sequence: '{{sequence}}',
  file: '{{file}}',
  invite: '{{invite}}',
  link: '{{link}}',
  code: '{{code}}',
  clientId: '{{$guid}}',
  session: 'current',
  nickname: 'bob',
  until: '2099-01-01T00:00:00.000Z',
};

/** Where a parameter means something else, or a demo account would be spoilt. */
const special = {
  'auth.signUp': { email: 'new-{{$timestamp}}@demo.gapless.chat', nickname: 'new-{{$timestamp}}' },
  'me.change': { nickname: undefined, image: undefined, findableByEmail: true },
  'me.changeEmail': { email: 'new-{{$timestamp}}@demo.gapless.chat' },
  'rooms.create': { name: 'Trial', imageFile: undefined },
  'messages.send': { body: { text: 'hi', files: ['{{file}}'] } },
  'rooms.invite': { user: undefined, nickname: 'carol' },
  'rooms.setRole': { role: 'member' },
};

/** Queries that cannot be left out, though none of them must be there. */
const shownQueries = { 'users.search': ['nickname'] };

/** What ends something that the others need. */
const atTheEnd = [
  ...['messages.delete', 'rooms.remove', 'rooms.ban', 'rooms.unban', 'rooms.delete', 'rooms.handOver', 'rooms.leave'],
  ...['sessions.closeOthers', 'sessions.close', 'auth.logOut'],
];
/** In this order before all others: each gives what the next ones name. */
const first = ['auth.logIn', 'rooms.create', 'rooms.add', 'files.upload', 'messages.send'];

export const tokenOfOther = {
  name: 'Log in as somebody else',
  operation: 'auth.logIn',
  method: 'POST',
  path: '/v1/auth/login',
  headers: {},
  query: [],
  body: { email: '{{otherEmail}}', password: '{{password}}' },
  needsToken: false,
  captures: { user: 'user.id' },
  statuses: [200],
};

/** Folders of requests in an order in which they can be sent one after the other. */
export function requestFolders({ paths, tags, components }) {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestOf(path, method, operation, components)),
  );
  const named = (names) => names.flatMap((name) => all.filter(({ operation }) => operation === name));
  const set = new Set([...first, ...atTheEnd]);
  const ofTag = ({ name, description }) => ({
    name: description,
    requests: all.filter(({ tag, operation }) => tag === name && !set.has(operation)),
  });
  return [
    { name: 'First: who I am, and a room to talk in', requests: [tokenOfOther, ...named(first)] },
    ...tags.map(ofTag).filter(({ requests }) => requests.length > 0),
    { name: 'Last: what ends something', requests: named(atTheEnd) },
  ];
}

function requestOf(path, method, operation, components) {
  const { operationId: name, summary, description, parameters = [], requestBody, security = [] } = operation;
  const fill = (key, example) => filled(name, key, example);
  const own = parameters.filter(({ $ref }) => $ref === undefined);
  const query = own
    .filter((parameter) => parameter.in === 'query' && parameter.name !== 'clientId')
    .map(({ name: key, example, required, description: meaning }) => ({
      key,
      value: String(fill(key, example) ?? ''),
      description: meaning,
      isShown: required || shownQueries[name]?.includes(key) === true,
    }));
  const paths = new Map(
    own.filter((parameter) => parameter.in === 'path').map((parameter) => [parameter.name, parameter]),
  );
  const isMaking = parameters.some(({ $ref }) => $ref === '#/components/parameters/IdempotencyKey');
  const { 'application/json': json, 'multipart/form-data': form } = requestBody?.content ?? {};
  return {
    name: summary,
    operation: name,
    ...(description === undefined ? {} : { description }),
    tag: operation.tags[0],
    method: method.toUpperCase(),
    path: path.replace(/\{(\w+)\}/g, (_, key) => inPath(fill(key, paths.get(key)?.example))),
    headers: isMaking && components.parameters.IdempotencyKey !== undefined ? { 'Idempotency-Key': '{{$guid}}' } : {},
    query,
    ...(json === undefined ? {} : { body: bodyOf(name, json, isMaking) }),
    ...(form === undefined ? {} : { file: uploaded }),
    needsToken: security.some((way) => 'accessToken' in way),
    captures: captures[name] ?? {},
    statuses: Object.keys(operation.responses),
  };
}

/** The key of a body that may be repeated stands in the header. */
function bodyOf(name, { example = {} }, isMaking) {
  const keys = [...new Set([...Object.keys(example), ...Object.keys(special[name] ?? {})])];
  const entries = keys
    .filter((key) => !(isMaking && key === 'clientId'))
    .map((key) => [key, filled(name, key, example[key])])
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

function filled(name, key, example) {
  const own = special[name] ?? {};
  if (Object.hasOwn(own, key)) return own[key];
  return Object.hasOwn(byName, key) ? byName[key] : example;
}

/** What is uploaded, in the one field of its form. */
const uploaded = { field: 'file', name: 'trial.txt', type: 'text/plain', text: 'A file to try with.' };

const inPath = (value) => (String(value).startsWith('{{') ? value : encodeURIComponent(value));
