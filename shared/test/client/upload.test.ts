import t from 'tap';
import { type Frame, ok, otherRoom, room, startFakeEdge } from './fake-edge.ts';

const id = '01kahzz7c8d9e0f1g2h3j4k5m6';
const file = { id, name: 'a.png', type: 'image/png', size: 3, width: 1, height: 1, thumb: true };
const link = { url: `/v1/files/${id}/content?e=1&s=x`, until: '2026-11-21T12:05:00.000Z' };

interface Asked {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly form: FormData;
  readonly signal: AbortSignal;
}

/** An api that answers in turn, and rejects where it is given an error. */
function anApi(...answers: readonly (Response | Error | 'never')[]) {
  const asked: Asked[] = [];
  const fetch = (url: string, { headers, body, signal }: { headers: never; body: FormData; signal: AbortSignal }) => {
    const answer = answers[asked.push({ url, headers, form: body, signal }) - 1];
    if (answer === 'never') {
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    }
    return answer instanceof Response ? Promise.resolve(answer) : Promise.reject(answer);
  };
  return { asked, fetch: fetch as never };
}

const made = () => Response.json(file, { status: 201 });
const problem = (status: number, body: object, headers = {}) => Response.json(body, { status, headers });

t.test('an upload is one form, under an id of its own, with the token at hand', async (t) => {
  const { asked, fetch } = anApi(made(), made());
  const { client } = startFakeEdge({ fetch, api: 'https://chat.test/' });
  t.same(await client.upload(new Uint8Array([1, 2, 3]), { name: 'a.png', type: 'image/png' }), file);
  await client.upload(new Blob(['text'], { type: 'text/plain' }), { name: 'b.txt', clientId: 'an-id-of-my-own-1' });
  t.match(asked, [
    {
      url: 'https://chat.test/v1/files',
      headers: { authorization: 'Bearer a-token', 'idempotency-key': /^[\w-]{16,36}$/ },
    },
    { headers: { 'idempotency-key': 'an-id-of-my-own-1' } },
  ]);
  const [first, second] = asked.map(({ form }) => form.get('file') as File);
  t.match([first?.name, first?.type, first?.size], ['a.png', 'image/png', 3]);
  t.match([second?.name, second?.type, await second?.text()], ['b.txt', 'text/plain', 'text']);
});

t.test('a token that was not taken is asked for anew, once', async (t) => {
  const refused = () => problem(401, { code: 'unauthenticated', detail: 'The token has ended' });
  const { asked, fetch } = anApi(refused(), made(), refused(), refused());
  let n = 0;
  const { client } = startFakeEdge({ fetch, api: 'https://chat.test', token: () => `token-${++n}` });
  const upload = () => client.upload(new Uint8Array([1]), { name: 'a' });
  t.equal((await upload()).id, id);
  t.not(asked[0]?.headers['authorization'], asked[1]?.headers['authorization']);
  t.equal(asked[0]?.headers['idempotency-key'], asked[1]?.headers['idempotency-key'], 'under the same id');
  await t.rejects(upload(), { name: 'ChatError', code: 'unauthenticated' });
  t.equal(asked.length, 4);
});

t.test('what is refused says why; without an answer nothing is known', async (t) => {
  const refusals = [
    problem(413, { code: 'too_large', detail: 'The file is too large' }),
    problem(429, { code: 'rate_limited', title: 'Slower' }, { 'retry-after': '2' }),
    new Response('<html>', { status: 502 }),
    new TypeError('fetch failed'),
    'never' as const,
  ];
  const { asked, fetch } = anApi(...refusals);
  const { client, clock } = startFakeEdge({ fetch, api: 'https://chat.test' });
  const upload = () => client.upload(new Uint8Array([1]), { name: 'a' });
  await t.rejects(upload(), { code: 'too_large', message: 'The file is too large' });
  await t.rejects(upload(), { code: 'rate_limited', message: 'Slower', retryMs: 2_000 });
  await t.rejects(upload(), { code: 'unknown' });
  await t.rejects(upload(), { code: 'unknown' });
  const late = t.rejects(upload(), { code: 'unknown' });
  await clock.pass(330_000);
  await late;
  t.equal(asked.length, 5);
  const { client: nowhere } = startFakeEdge();
  await t.rejects(nowhere.upload(new Uint8Array([1]), { name: 'a' }), { name: 'TypeError', message: /`api`/ });
});

t.test('files go out with a message, and are led to by the message that carries them', async (t) => {
  const edge = startFakeEdge({ api: 'https://chat.test' });
  edge.script['send'] = (frame) => ok(frame, { s: 8, at: 1 });
  edge.script['call'] = (frame: Frame) => ({ ...ok(frame), res: link });
  await edge.connect();
  t.match(await edge.client.room(room).send('', { files: [id] }), { seq: 8 });
  t.match(edge.sentOf('send'), [{ r: room, b: { text: '', files: [id] } }]);
  const found = await edge.client.room(otherRoom).fileLink(8, id, { thumb: true });
  t.same(found, { ...link, url: `https://chat.test${link.url}` });
  t.match(edge.sentOf('call'), [{ m: 'messages.file', p: { room: otherRoom, sequence: 8, file: id, thumb: true } }]);
  const elsewhere = startFakeEdge();
  elsewhere.script['call'] = (frame: Frame) => ({ ...ok(frame), res: link });
  await elsewhere.connect();
  t.same(await elsewhere.client.room(room).fileLink(8, id), link, 'without the address of the api below it');
});
