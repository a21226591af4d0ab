import { commandsOf, contractOf } from '@gapless/shared/commands';
import { newId } from '@gapless/shared/schema';
import t from 'tap';
import { targetsOf } from '../../src/domain/admin/audit-targets.ts';

const written = new Set(['text', 'name', 'q', 'topic', 'body', 'custom', 'data', 'email', 'reason', 'device', 'image']);

t.test('whatever a command names by an id is noted, and nothing that anybody wrote', async (t) => {
  for (const [command, { parameters, path }] of commandsOf('admin')) {
    const names = Object.keys(parameters.properties);
    const asked = Object.fromEntries(names.map((name) => [name, `of ${name}`]));
    const noted = targetsOf(contractOf(command), asked);
    const inPath = Array.from(path.matchAll(/:(\w+)/g), ([, name = '']) => name).filter((name) => name !== 'emoji');
    for (const name of inPath.filter((name) => name !== 'code' && name !== 'nickname'))
      t.ok(noted.includes(`of ${name}`), `${command}: ${name}`);
    for (const name of names.filter((name) => written.has(name)))
      t.notOk(noted.includes(`of ${name}`), `${command}: not ${name}`);
  }
});

t.test('lists are noted whole, and so is what a key may', async (t) => {
  const users = Array.from({ length: 1_000 }, () => newId<string & never>() as string);
  t.same(targetsOf(contractOf('notices.send'), { text: 'at noon', users }), users);
  t.same(targetsOf(contractOf('keys.create'), { name: 'Shop', scopes: ['users:read', 'admin:write'] }), [
    'users:read',
    'admin:write',
  ]);
  const [room, report] = [newId<never>() as string, newId<never>() as string];
  t.same(targetsOf(contractOf('reports.resolveAny'), { room, report, text: 'Removed' }), [room, report]);
});
