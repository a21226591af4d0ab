import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commands } from '@gapless/shared/commands';
import { clientFrames, serverFrames } from '@gapless/shared/protocol';
import t from 'tap';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../docs/${path}`, import.meta.url)), 'utf8');
const document = read('coming-from.md');
const routes = new Set(
  Array.from(read('api.md').matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/v1\/[^`]*)`/g), ([, route = '']) => route),
);
const others = new Set(['POST /v1/files', 'GET /openapi.json']);
const frames = new Set<string>([...Object.keys(clientFrames), ...Object.keys(serverFrames)]);

const rows = document
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (---|there)/.test(line))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));

/** What the users of the five systems call. */
const called = [
  ...['sendMessage', 'markAsRead', 'createRoom', 'GET /api/users', 'POST /api/users/login', 'POST /api/users/logout'],
  ...['GET /api/users/search', 'GET /api/chats', 'POST /api/chats', 'GET /api/chats/one-to-one/:userId'],
  ...['GET /api/chats/group/:userId', 'GET /api/chats/:number', 'GET /api/messages/:chatId', 'join_room', 'message'],
  ...[
    'exception',
    'notice',
    'POST /api/auth/signup',
    'POST /api/auth/login',
    'GET /api/rooms',
    'GET /api/rooms/:id/messages',
  ],
  ...['PATCH /api/messages/:id', 'DELETE /api/messages/:id', 'POST /api/messages/:id/reactions', 'POST /api/upload'],
  ...[
    'POST /api/messages/:id/threads',
    'new_message',
    'edit_message',
    'delete_message',
    'thread_message',
    'react_message',
  ],
  ...['mention_alert', 'GET /chats?page=&limit=', 'create_chat', 'enter_chat', 'send_message', 'receive_message'],
  ...['receive_whisper'],
];

t.test('every call and event of the five systems has its row, with something on the right', async (t) => {
  for (const call of called) {
    const own = rows.filter(([, there = '']) => there.includes(`\`${call}\``));
    t.ok(own.length > 0, call);
    for (const [, , here = ''] of own) t.match(here, /`/, call);
  }
});

t.test('every route, command and frame that is named on the right is there', async (t) => {
  const codes = rows.flatMap(([, , here = '']) => Array.from(here.matchAll(/`([^`]+)`/g), ([, code = '']) => code));
  t.ok(codes.length > 80);
  for (const code of codes) {
    if (/^[A-Z]+ \//.test(code)) t.ok(routes.has(code.replace(/\?.*$/, '')) || others.has(code), code);
    else if (/^[a-z]+\.[a-zA-Z]+$/.test(code) && !code.startsWith('hi.')) t.ok(Object.hasOwn(commands, code), code);
  }
  const words = rows.filter(([, there = '']) => called.some((call) => !call.includes('/') && there === `\`${call}\``));
  for (const [, there, here = ''] of words) {
    const named = Array.from(here.matchAll(/`([^`]+)`/g), ([, code = '']) => code);
    const isKnown = (code: string): boolean => frames.has(code) || Object.hasOwn(commands, code);
    t.ok(named.some(isKnown), `${there}: ${named.join(', ')}`);
  }
});

t.test('every frame that is shown is one', async (t) => {
  const shown = Array.from(document.matchAll(/[→←] \{"t":"(\w+)"/g), ([, op = '']) => op);
  t.ok(shown.length > 10);
  for (const op of shown) t.ok(frames.has(op), op);
});
