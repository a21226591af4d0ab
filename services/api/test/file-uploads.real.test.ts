import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { startMongo, until } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import { startApi } from './support/api.ts';
import { startS3 } from './support/s3-server.ts';
import { fetched, formOf, formType, partOf, upload } from './support/uploads.ts';

const mongo = await startMongo(t);
const limits = { fileMaxBytes: 2 * 1024 * 1024, fileStallMs: 400, fileUploadMs: 3_000, fileUserUploads: 2 };
const api = await startApi(t, mongo.url, { config: limits });
const ann = await api.signUp();
const db = api.mongo.db(api.config.mongoDatabase);
const files = db.collection('files');
const chunks = db.collection('file_bytes.chunks');

/** An upload by hand: what is written when is the test's. */
async function byHand(user: typeof ann, length?: number, to = api) {
  const { hostname, port } = new URL(to.api.url());
  const socket = connect(Number(port), hostname);
  t.teardown(() => socket.destroy());
  let answer = '';
  let isClosed = false;
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
  });
  const size = length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  socket.write(
    `POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.token}\r\nContent-Type: ${formType}\r\n${size}\r\n\r\n`,
  );
  return { socket, status: () => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1], isClosed: () => isClosed };
}

const nothingHalf = () =>
  until('nothing half is left', async () => {
    const [up, left] = [await files.countDocuments({ state: { $ne: 'ready' } }), await chunks.countDocuments()];
    return up === 0 && left === 0;
  });

t.test('what stalls, comes too slowly, breaks off or has no end is given up, and nothing of it is kept', async (t) => {
  const beginning = partOf(randomBytes(600_000)).subarray(0, 590_000);

  const stalled = await byHand(ann, 10_000_000);
  stalled.socket.write(beginning);
  await until('the one that stalls is refused', () => stalled.status() === '400');
  await nothingHalf();

  const slow = await byHand(ann, 10_000_000);
  slow.socket.write(beginning);
  const drip = setInterval(() => slow.socket.write('x'), 100);
  await until('the one that is too slow is refused', () => slow.status() === '400');
  clearInterval(drip);
  await nothingHalf();

  const broken = await byHand(ann, 10_000_000);
  broken.socket.write(beginning);
  const more = setInterval(() => broken.socket.write('x'), 100);
  await until('its bytes are on their way', async () => (await files.countDocuments({ state: 'up' })) === 1);
  clearInterval(more);
  broken.socket.destroy();
  await nothingHalf();

  const endless = await byHand(ann);
  const body = partOf(Buffer.alloc(0)).subarray(0, -2);
  endless.socket.write(`${body.length.toString(16)}\r\n${body.toString('latin1')}\r\n`);
  const mebibyte = Buffer.concat([Buffer.from('100000\r\n'), randomBytes(1024 * 1024), Buffer.from('\r\n')]);
  let sent = 0;
  while (endless.status() === undefined && !endless.isClosed() && sent < 100) {
    if (!endless.socket.write(mebibyte)) await new Promise((resolve) => setTimeout(resolve, 5));
    sent++;
  }
  await until('the one without an end is refused', () => endless.status() === '413' || endless.isClosed());
  t.match(endless.status(), /^(413|400)$/);
  await nothingHalf();
});

t.test('one user has so many uploads at once, and others have theirs', async (t) => {
  // Here nothing is given up for being slow, however slow the machine is.
  const patient = await startApi(t, mongo.url, { config: { fileUserUploads: 2 } });
  const [user, other] = [await patient.signUp(), await patient.signUp()];
  const rows = patient.mongo.db(patient.config.mongoDatabase).collection('files');
  const open = [await byHand(user, 10_000_000, patient), await byHand(user, 10_000_000, patient)];
  for (const { socket } of open) socket.write(partOf(randomBytes(20_000)).subarray(0, 15_000));
  await until('two are open', async () => (await rows.countDocuments({ state: 'up' })) === 2);
  t.match(await upload(patient, user, Buffer.from('x')), { status: 429, body: { code: 'rate_limited' } });
  t.equal((await upload(patient, other, Buffer.from('x'))).status, 201);
  for (const { socket } of open) socket.destroy();
  await until('they are given up', async () => (await rows.countDocuments({ state: 'up' })) === 0);
  t.equal((await upload(patient, user, Buffer.from('x'))).status, 201);
});

t.test('a large file goes through without ever being whole in memory', async (t) => {
  const roomy = await startApi(t, mongo.url);
  const user = await roomy.signUp();
  const [size, slice] = [24 * 1024 * 1024, 1024 * 1024];
  const bytes = randomBytes(size);
  const form = formOf(partOf(bytes));
  const stored = roomy.mongo.db(roomy.config.mongoDatabase).collection('file_bytes.chunks');
  const upstream = await byHand(user, form.length, roomy);
  let ahead = 0;
  for (let at = 0; at < form.length; at += slice) {
    if (!upstream.socket.write(form.subarray(at, at + slice))) {
      await new Promise((resolve) => upstream.socket.once('drain', resolve).once('close', resolve));
    }
    ahead = Math.max(ahead, at - (await stored.countDocuments()) * 255 * 1024);
  }
  await until('it is answered', () => upstream.status() !== undefined || upstream.isClosed());
  t.equal(upstream.status(), '201');
  // What is on its way is in sockets' buffers, or held by the api.
  t.ok(ahead < 14 * slice, `${ahead} bytes of ${size} were on their way at most`);
});

t.test('a user may upload so much a day', async (t) => {
  const small = await startApi(t, mongo.url, { config: { fileUserDayBytes: 100_000, fileUploads: 1 } });
  const user = await small.signUp();
  t.equal((await upload(small, user, randomBytes(99_000))).status, 201);
  t.equal((await upload(small, user, randomBytes(2_000))).status, 201, 'the last one may go beyond');
  t.match(await upload(small, user, Buffer.from('x')), { status: 429 });

  const other = await small.signUp();
  const refused = Buffer.concat([Buffer.from('<svg>'), Buffer.alloc(110_000, 'x')]);
  t.equal((await upload(small, other, refused)).status, 422);
  const counted = await small.mongo
    .db(small.config.mongoDatabase)
    .collection<{ _id: string }>('upload_days')
    .findOne({
      _id: { $regex: `^${other.id}:` },
    });
  t.ok((counted as unknown as { bytes: number }).bytes > 0, 'what is refused is counted as far as it came');

  const third = await small.signUp();
  const open = await byHand(third, 10_000_000, small);
  const rows = small.mongo.db(small.config.mongoDatabase).collection('files');
  open.socket.write(partOf(randomBytes(80_000)).subarray(0, 75_000));
  await until('one is open', async () => (await rows.countDocuments({ state: 'up' })) === 1);
  t.match(await upload(small, other, Buffer.from('x')), { body: { code: 'busy' } }, 'all users have one at once');
  open.socket.destroy();
});

t.test('with an S3 store all of it is the same', async (t) => {
  const { config } = await startS3(t);
  const { fileStore, filesS3Endpoint, filesS3Bucket, filesS3AccessKey, filesS3SecretFile } = config;
  const chosen = { fileStore, filesS3Endpoint, filesS3Bucket, filesS3AccessKey, filesS3SecretFile };
  const other = await startApi(t, mongo.url, { config: chosen });
  const user = await other.signUp();
  const bytes = randomBytes(7_000_000);
  const { status, body } = await upload(other, user, bytes);
  t.equal(status, 201);
  const { body: link } = await other.get(`/v1/files/${body.id}/link`, user.token);
  t.ok((await fetched(other, link.url)).bytes.equals(bytes));
  t.ok((await fetched(other, link.url, { range: 'bytes=6999990-' })).bytes.equals(bytes.subarray(-10)));
  const client = new MongoClient(mongo.url);
  t.equal(await client.db(other.config.mongoDatabase).collection('file_bytes.chunks').countDocuments(), 0);
  await client.close();
});
