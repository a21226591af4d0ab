import { Readable } from 'node:stream';
import { Failure } from '@gapless/shared/errors';
import { DeadlineError } from '@gapless/shared/runtime';
import t from 'tap';
import { createOpenDownloads } from '../src/routes/open-downloads.ts';

const read = async () => Readable.from([Buffer.from('bytes')]);

t.test('so many downloads are open at once, and each that ends, fails or is not there makes room', async (t) => {
  const open = createOpenDownloads({ atOnce: 2, wholeMs: 60_000 });
  t.equal(await open(async () => undefined), undefined);
  const failure = new Failure('store_unavailable');
  await t.rejects(
    open(async () => {
      throw failure;
    }),
    failure,
  );
  const [one, two] = [await open(read), await open(read)];
  await t.rejects(open(read), new Failure('busy', { retryMs: 1_000 }));
  const closed = new Promise((resolve) => one?.once('close', resolve));
  one?.resume();
  await closed;
  const three = await open(read);
  t.ok(three);
  for (const stream of [two, three]) stream?.destroy();
});

t.test('a download that takes too long is broken off', async (t) => {
  const open = createOpenDownloads({ atOnce: 1, wholeMs: 1 });
  const stream = await open(read);
  const error = await new Promise((resolve) => stream?.once('error', resolve));
  t.ok(error instanceof DeadlineError);
  (await open(read))?.destroy();
});
