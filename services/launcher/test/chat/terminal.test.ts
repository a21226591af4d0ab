import { PassThrough } from 'node:stream';
import t from 'tap';
import { createTerminal, messageLine } from '../../src/chat/terminal.ts';

const noon = new Date(2026, 0, 2, 12, 3, 11).getTime();

t.test('a message is one line with its time and author', async (t) => {
  t.equal(messageLine(noon, 'bob', 'hi'), '12:03:11 bob  hi');
});

t.test('lines of one message stay below each other', async (t) => {
  t.equal(messageLine(noon, 'bob', 'a\nb'), '12:03:11 bob  a\n              b');
});

t.test('what others write cannot steer the terminal', async (t) => {
  t.equal(messageLine(noon, 'b\x1b[31mob', '\x1b]0;title\x07\r\x9b2J'), '12:03:11 b·[31mob  ·]0;title···2J');
});

t.test('piped lines wait until they are asked for, and all of them come', async (t) => {
  const input = new PassThrough();
  const terminal = createTerminal(
    input as unknown as NodeJS.ReadStream,
    new PassThrough() as unknown as NodeJS.WriteStream,
  );
  input.end('one\ntwo\nthree');
  await new Promise((resolve) => setTimeout(resolve, 20));
  const seen: string[] = [];
  for await (const line of terminal.lines()) {
    seen.push(line);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  t.same(seen, ['one', 'two', 'three']);
});

t.test('a terminal that was stopped has no lines', async (t) => {
  const input = new PassThrough();
  const terminal = createTerminal(
    input as unknown as NodeJS.ReadStream,
    new PassThrough() as unknown as NodeJS.WriteStream,
  );
  terminal.stop();
  for await (const line of terminal.lines()) t.fail(line);
});
