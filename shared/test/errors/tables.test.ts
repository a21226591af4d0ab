import t from 'tap';
import { closeCodes, errorCodes, Failure, type FailureKind, failures } from '../../src/errors/index.ts';

t.test('the error codes are the closed set', async (t) => {
  const all =
    'bad_frame unknown_op too_large bad_cursor unauthenticated forbidden not_found not_member muted frozen slow_mode ' +
    'blocked rate_limited busy unavailable unknown conflict internal';
  t.same(Object.keys(errorCodes), all.split(' '));
});

t.test('close codes are unique and their range tells what to do', async (t) => {
  const all = Object.values(closeCodes);
  t.equal(new Set(all.map(({ code }) => code)).size, all.length);
  for (const { code, reconnect } of all) {
    const comesBack = code === 1012 || code === 1013 || (code >= 4000 && code <= 4099);
    t.equal(reconnect, comesBack, String(code));
    t.ok(comesBack || (code >= 4400 && code <= 4499), `${code} is in one of the ranges`);
  }
});

t.test('every failure has a code, a status and a sentence', async (t) => {
  for (const kind of Object.keys(failures) as FailureKind[]) {
    const failure = new Failure(kind);
    t.ok(Object.hasOwn(errorCodes, failure.code), kind);
    t.ok(failure.status >= 400 && failure.status < 600, kind);
    t.match(failure, { name: 'Failure', message: failures[kind].title, retryMs: undefined });
  }
});

t.test('what helps no retry is no 429 or 5xx, a fault of ours aside', async (t) => {
  for (const [code, { retry, http }] of Object.entries(errorCodes))
    if (code !== 'internal') t.equal(retry, http === 429 || http >= 500, code);
});

t.test('a failure carries detail, retry and cause', async (t) => {
  const cause = new Error('below');
  t.match(new Failure('busy', { detail: 'full', retryMs: 50, cause }), { message: 'full', retryMs: 50, cause });
  t.notOk('cause' in new Failure('busy'));
});
