import t from 'tap';
import { Check } from 'typebox/value';
import {
  type CommandName,
  type Contract,
  commands,
  contractOf,
  exampleOf,
  fits,
  isWellFormed,
  permissions,
  problemsOf,
  standings,
} from '../../src/commands/index.ts';

const all = Object.entries<Contract>(commands) as [CommandName, Contract][];

t.test('every command has examples, and they fit', async (t) => {
  for (const [name, { answer }] of all) {
    const example = exampleOf(name);
    t.ok(fits(name, example.parameters), `${name}: ${JSON.stringify(example.parameters)} is what it takes`);
    if (answer === undefined) t.equal(example.answer, undefined, `${name} answers nothing`);
    else t.ok(Check(answer, example.answer), `${name}: ${JSON.stringify(example.answer)} is what it answers`);
  }
});

t.test('no two commands share a method and a path', async (t) => {
  const places = all.map(([, { method, path }]) => `${method} ${path.replace(/:\w+/g, ':')}`);
  t.same(
    places.filter((place, at) => places.indexOf(place) !== at),
    [],
  );
});

t.test('a command has a name, a path below its thing, and a summary without a full stop', async (t) => {
  for (const [name, { path, summary, parameters }] of all) {
    t.match(name, /^[a-z]+(\.[a-z][A-Za-z]+)+$/);
    t.ok(name.length <= 40, `${name} fits a frame`);
    t.match(path, /^(\/:?[A-Za-z0-9-]+)+$/);
    t.notMatch(summary, /\.$/);
    for (const [, parameter = ''] of path.matchAll(/:(\w+)/g)) {
      t.ok(parameter in parameters.properties, `${name} takes the ${parameter} of its path`);
    }
  }
});

t.test('who makes something may ask for it again', async (t) => {
  const exempt = new Set<string>(['auth.signUp']);
  for (const [name, { makes, parameters }] of all) {
    if (makes === undefined || exempt.has(name)) continue;
    t.ok('clientId' in parameters.properties, `${name} takes a client id`);
  }
});

t.test('every command of a room says who may', async (t) => {
  for (const [name, { parameters, door }] of all) {
    // By right of the installation, whatever one is to the room.
    if (door === 'admin') continue;
    if (!('room' in parameters.properties)) continue;
    const isOfRoom = (parameters.required as readonly string[] | undefined)?.includes('room') ?? false;
    if (isOfRoom) t.ok(Object.hasOwn(permissions, name), `${name} has its row`);
  }
  for (const [name, permitted] of Object.entries<readonly string[]>(permissions)) {
    t.ok(Object.hasOwn(commands, name));
    t.same(
      permitted,
      standings.filter((standing) => permitted.includes(standing)),
      `${name} names each standing once, in their order`,
    );
  }
});

t.test('every command names what may go wrong', async (t) => {
  for (const [name, contract] of all) {
    const kinds = problemsOf(name, contract);
    t.equal(new Set(kinds).size, kinds.length);
    t.ok(kinds.includes('invalid_request') && kinds.includes('rate_limited') && kinds.includes('internal'));
    t.equal(kinds.includes('token_required'), contract.session !== 'none' || name === 'auth.refresh', name);
  }
  t.ok(problemsOf('rooms.create', contractOf('rooms.create')).includes('id_reused'));
  t.ok(problemsOf('rooms.members', contractOf('rooms.members')).includes('not_member'));
  const ofJoining = problemsOf('rooms.join', contractOf('rooms.join'));
  t.notOk(ofJoining.includes('not_member'));
  t.ok(ofJoining.includes('banned'));
});

t.test('what no text may hold is refused wherever it stands', async (t) => {
  for (const bad of ['\0', 'a\ud800', '\udc00b', { a: [{ b: 'x\0' }] }, { 'a\0': 1 }, ['\ud83d']])
    t.notOk(isWellFormed(bad));
  for (const good of ['', '👨‍👩‍👧‍👦', 'a\n\t', null, 1, true, { a: ['b', { c: null }] }]) t.ok(isWellFormed(good));
  t.notOk(fits('rooms.create', { name: 'a\0' }));
});
