import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@gapless/shared/local';
import { until } from '@gapless/shared/testing';
import t from 'tap';
import { type Person, roomOf, signUp } from '../actors/person.ts';
import { connect } from '../actors/socket.ts';
import { aSystem } from '../actors/system.ts';
import { openBrowser, type Page, visit } from './chromium.ts';
import { serveFiles } from './static-server.ts';

const port = await freePort();
const origin = `http://127.0.0.1:${port}`;
const system = await aSystem(t, { settings: { api: { corsOrigins: [origin] } } });
const sdkPage = `<!doctype html><script type="module">
  import { createClient } from '/sdk/client/index.js';
  window.createClient = createClient;
</script>`;
await serveFiles(t, port, { '/sdk.html': sdkPage, '/favicon.ico': '' });
const [one, two] = system.edges.map(({ url }) => url) as [string, string];
const [ann, ben] = await Promise.all([signUp(system.api.url, 'ann'), signUp(system.api.url, 'ben')]);
const { id: room } = await roomOf(ann, ben);
const browser = await openBrowser(t);
/** Where pictures go for who wants to look. */
const pictures = process.env['PICTURES'];

const fieldsOf = ({ email, password }: Person, edge: string) =>
  new URLSearchParams({ api: system.api.url, edge, email, password });

async function logIn(person: Person, edge: string): Promise<Awaited<ReturnType<typeof visit>>> {
  const visited = await visit(browser, `${origin}/examples/call.html?${fieldsOf(person, edge)}`);
  await visited.page.getByText('Log in').click();
  await visited.page.locator('#call').waitFor();
  return visited;
}

const says = (page: Page, text: string) =>
  page.getByRole('status').filter({ hasText: text }).waitFor({ timeout: 30_000 });

async function picture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

/** Who came a moment ago is not to be seen online yet: the call is over at once, and made again. */
async function ring(caller: Page, callee: Page, nickname: string): Promise<void> {
  const answer = callee.locator('#answer');
  await until('it rings', async () => {
    if (await answer.isVisible()) return true;
    if (!(await caller.locator('#call').isVisible())) return false;
    await caller.getByPlaceholder('Whom to call').fill(nickname);
    // The answer to the click before may hide it meanwhile.
    await caller
      .getByRole('button', { name: 'Call' })
      .click({ timeout: 1_000 })
      .catch(() => undefined);
    return false;
  });
}

t.test('two pages talk over a connection that Gapless set up, while the third one stops ringing', async (t) => {
  const [anns, bens, bensPhone] = [await logIn(ann, one), await logIn(ben, two), await logIn(ben, one)];
  const [caller, callee, phone] = [anns.page, bens.page, bensPhone.page];
  await caller.locator('#call').getByRole('checkbox').setChecked(true);
  await ring(caller, callee, 'ben');
  await says(phone, 'Somebody calls');
  await picture(phone, 'ringing');
  await callee.getByRole('button', { name: 'Answer' }).click();
  await Promise.all([says(caller, 'Talking'), says(callee, 'Talking'), says(phone, 'Over: taken elsewhere')]);

  await caller.getByPlaceholder('Over the data channel').fill('안녕, straight to you');
  await caller.getByRole('button', { name: 'Say' }).click();
  await callee.getByText('they: 안녕, straight to you').waitFor();
  await callee.getByPlaceholder('Over the data channel').fill('heard');
  await callee.getByRole('button', { name: 'Say' }).click();
  await caller.getByText('they: heard').waitFor();
  await callee.waitForFunction(() => {
    const { document } = globalThis as unknown as { document: { getElementById(id: string): { videoWidth: number } } };
    return document.getElementById('theirs').videoWidth > 0;
  });
  await Promise.all([picture(caller, 'caller'), picture(callee, 'callee')]);

  await callee.getByRole('button', { name: 'Hang up' }).click();
  await Promise.all([says(caller, 'Over: hung up'), says(callee, 'Over: hung up')]);
  for (const { complaints, context } of [anns, bens, bensPhone]) {
    t.same(complaints, []);
    await context.close();
  }
});

t.test('a call is declined, given up, refused by who is busy, and both may call at once', async (t) => {
  const [anns, bens] = [await logIn(ann, one), await logIn(ben, two)];
  await ring(anns.page, bens.page, 'ben');
  await bens.page.getByRole('button', { name: 'Decline' }).click();
  await says(anns.page, 'Over: declined');

  await ring(anns.page, bens.page, 'ben');
  await anns.page.getByRole('button', { name: 'Hang up' }).click();
  await says(bens.page, 'Over: hung up');

  const atOnce = ([page, whom]: readonly [Page, string]) => page.evaluate(`void callUser('${whom}', false)`);
  await Promise.all(
    (
      [
        [anns.page, 'ben'],
        [bens.page, 'ann'],
      ] as const
    ).map(atOnce),
  );
  const areTalking = async () =>
    (await anns.page.locator('#say').isVisible()) && (await bens.page.locator('#say').isVisible());
  await until('both talk', async () => {
    // Where one was faster it rings; else the lower call stands by itself.
    for (const { page } of [anns, bens]) {
      if (await page.locator('#answer').isVisible()) await page.locator('#answer').click();
    }
    return areTalking();
  });

  const cleo = await signUp(system.api.url, 'cleo');
  await roomOf(cleo, ann);
  const cleos = await logIn(cleo, one);
  await cleos.page.evaluate("void callUser('ann', false)");
  await cleos.page.getByText('one device is busy').waitFor();
  for (const { context } of [anns, bens, cleos]) await context.close();
  t.pass('all of it was said');
});

t.test('a hidden user’s page rings, and says nothing to the caller before he does', async (t) => {
  const bens = await visit(browser, `${origin}/examples/call.html?${fieldsOf(ben, two)}`);
  await bens.page.locator('#login').getByRole('checkbox').setChecked(true);
  await bens.page.getByText('Log in').click();
  await bens.page.locator('#call').waitFor();
  const caller = await connect(one, ann);
  const signals = () => caller.frames.filter(({ t }) => t === 'sig').map(({ d }) => (d as { k: string }).k);
  await until('ben is not to be seen any more', async () => {
    const { on } = await caller.request({ t: 'sig', to: ben.id, c: 'a-call-of-no-kind', d: { k: 'nothing' } });
    return on === 0;
  });
  await caller.request({ t: 'sig', to: ben.id, c: 'the-first-offer-1', d: { k: 'offer', sdp: '' } });
  await says(bens.page, 'Somebody calls');
  await caller.request({ t: 'sig', to: ben.id, c: 'the-second-offer2', d: { k: 'offer', sdp: '' } });
  await bens.page.getByRole('button', { name: 'Decline' }).click();
  await caller.until('he declined', () => signals().length > 0);
  t.same(signals(), ['end'], 'neither that it rings nor that he is busy');
  await bens.context.close();
  await caller.close();
});

t.test('the SDK’s modules run in a browser as they are: it connects, sends, hears, and comes back', async (t) => {
  const other = await connect(two, ben);
  const { page, complaints, context } = await visit(browser, `${origin}/sdk.html`);
  const given = { url: one, token: ann.token, room };
  const sent = await page.evaluate(async ({ url, token, room }) => {
    const own = globalThis as unknown as { createClient(options: object): Sdk; heard: unknown[]; client: Sdk };
    interface Sdk {
      on(type: string, listener: (event: object) => void): void;
      connect(): Promise<unknown>;
      room(id: string): { send(text: string): Promise<{ seq: number }> };
      close(): Promise<void>;
    }
    const create = own.createClient;
    own.heard = [];
    own.client = create({ url, token: () => token });
    own.client.on('message', (event) => own.heard.push(event));
    await own.client.connect();
    return own.client.room(room).send('from a browser');
  }, given);
  t.type(sent.seq, 'number');
  await other.until('what the browser sent', ({ frames }) => frames.some((frame) => frame['s'] === sent.seq));
  const heard = () => page.evaluate(() => (globalThis as unknown as { heard: { body: { text: string } }[] }).heard);
  await other.send(room, 'to a browser');
  await page.waitForFunction(() => (globalThis as unknown as { heard: unknown[] }).heard.length === 2);

  await system.edges[0]?.kill9();
  await other.send(room, 'while it was away');
  await system.edges[0]?.start();
  await page.waitForFunction(() => (globalThis as unknown as { heard: unknown[] }).heard.length === 3, undefined, {
    timeout: 60_000,
  });
  t.same(
    (await heard()).map(({ body }) => body.text),
    ['from a browser', 'to a browser', 'while it was away'],
    'once each, in their order',
  );
  t.same(
    complaints.filter((one) => !/WebSocket|ERR_CONNECTION/.test(one)),
    [],
  );
  await page.evaluate(() => (globalThis as unknown as { client: { close(): Promise<void> } }).client.close());
  await context.close();
  await other.close();
});
