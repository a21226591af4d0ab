import { execFileSync } from 'node:child_process';
import t from 'tap';

const logger = new URL('../../src/runtime/logger.js', import.meta.url).href;

/** What a process prints that logs that object, as text and parsed. */
function logged(object: string): string {
  const script = `import { createLogger } from '${logger}'; createLogger('test', 'info').info(${object}, 'said');`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
}

t.test('tokens, passwords and what people write never reach the log', async (t) => {
  const line = logged(`{
    password: 'S3CRET', token: 'S3CRET', tok: 'S3CRET', b: { text: 'S3CRET' }, raw: 'S3CRET',
    frame: { t: 'send', tok: 'S3CRET', b: { text: 'S3CRET' } },
    account: { password: 'S3CRET', accessToken: 'S3CRET', refreshToken: 'S3CRET' },
    req: { headers: { authorization: 'S3CRET', cookie: 'S3CRET', 'sec-websocket-protocol': 'S3CRET' }, body: 'S3CRET' },
    err: Object.assign(new Error('no'), { request: { frame: { b: 'S3CRET' } }, token: 'S3CRET' }),
    list: [{ tok: 'S3CRET' }],
  }`);
  t.notMatch(line, /S3CRET/);
  const { frame, account, list } = JSON.parse(line);
  t.match({ frame, account, list }, { frame: { t: 'send', tok: '[redacted]' }, list: [{ tok: '[redacted]' }] });
});

t.test('a line says when, who and what', async (t) => {
  const line = JSON.parse(logged(`{ room: 'r1', seq: 7 }`));
  t.match(line, { level: 30, name: 'test', msg: 'said', room: 'r1', seq: 7 });
  t.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});
