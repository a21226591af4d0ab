import { readFileSync } from 'node:fs';
import t from 'tap';

const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
const source = (file: string): string => read(`shared/src/client/${file}`);
const document = read('docs/sdk.md');

/** The first column of a section's table. */
const listed = (section: string): string[] => {
  const text = document.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...text.matchAll(/^\| `(\w+)/gm)].map(([, name]) => name as string).sort();
};
const found = (text: string, pattern: RegExp): string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name]) => name as string))].sort();

t.test('docs/sdk.md names every event, option and call, and no other', async (t) => {
  const types = /readonly type: '(\w+)'/g;
  t.same(
    listed('Events'),
    found(source('room-event.ts') + source('inbox-event.ts') + source('client-event.ts'), types),
  );
  t.same(listed('Options'), found(source('client-options.ts'), /^ {2}readonly (\w+)\??:/gm));
  const client = /export interface Client \{[\s\S]*?\n\}/.exec(source('client.ts'))?.[0] ?? '';
  t.same(listed('Calls'), found(client, /^ {2}(?:readonly )?(\w+)[(:]/gm));
  const room = /export interface Room \{[\s\S]*?\n\}/.exec(source('room.ts'))?.[0] ?? '';
  for (const call of found(room, /^ {2}(\w+)\(/gm)) t.match(document, `\`${call}\``);
  const states = /export type LinkState = (.*);/.exec(source('link.ts'))?.[1] ?? '';
  for (const state of found(states, /'(\w+)'/g)) t.match(document, `\`${state}\``);
});
