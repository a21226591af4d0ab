import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { type Config, loadConfig } from '@gapless/shared/config';
import { Failure } from '@gapless/shared/errors';
import { silentLogger } from '@gapless/shared/runtime';
import { newId } from '@gapless/shared/schema';
import { startMongo, until } from '@gapless/shared/testing';
import { MongoClient } from 'mongodb';
import t from 'tap';
import type { ByteSource, FileStore } from '../src/domain/files/file-store.ts';
import { createGridFsFileStore } from '../src/repositories/gridfs-file-store.ts';
import { migrate } from '../src/repositories/migrations.ts';
import { createS3FileStore } from '../src/s3-file-store.ts';
import { startS3 } from './support/s3-server.ts';

const mongo = await startMongo(t);
const client = new MongoClient(mongo.url);
t.teardown(() => client.close());
const db = client.db(`files-${newId()}`);
await migrate(db, silentLogger());

const s3 = await startS3(t);
const s3Store = createS3FileStore(s3.config);
t.teardown(() => s3Store.close());

const unavailable = new Failure('store_unavailable', { retryMs: 1_000 });

const stores: Readonly<Record<string, FileStore>> = { GridFS: createGridFsFileStore(db), S3: s3Store };

async function* pieces(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function all(source: ByteSource | undefined): Promise<Buffer | undefined> {
  if (source === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

for (const [name, store] of Object.entries(stores)) {
  t.test(`${name}: what was put is read as it was, in whole and in part`, async (t) => {
    for (const size of [2, 255 * 1024, 255 * 1024 + 1, 6 * 1024 * 1024 + 7]) {
      const [key, bytes] = [newId(), randomBytes(size)];
      await store.put(key, pieces(bytes), 'text/plain');
      t.ok((await all(await store.read(key)))?.equals(bytes), `${size} bytes`);
      for (const [from, to] of [
        [0, Math.min(1, size - 1)],
        [size - 1, size - 1],
        [Math.floor(size / 3), size - 1],
        [0, size - 1],
      ] as const) {
        t.ok((await all(await store.read(key, { from, to })))?.equals(bytes.subarray(from, to + 1)), `${from}-${to}`);
      }
    }
  });

  t.test(`${name}: what is not there is not read, and may be removed`, async (t) => {
    const key = newId();
    t.equal(await store.read(key), undefined);
    await store.remove(key);
    await store.put(key, pieces(randomBytes(300_000)), 'text/plain');
    await store.remove(key);
    await store.remove(key);
    t.equal(await store.read(key), undefined);
  });

  t.test(`${name}: a source that fails leaves nothing, and its failure is told as it is`, async (t) => {
    for (const after of [0, 3, 120]) {
      const key = newId();
      async function* failing(): AsyncGenerator<Uint8Array> {
        for (let n = 0; n < after; n++) yield randomBytes(65_536);
        throw new Failure('upload_broken');
      }
      await t.rejects(store.put(key, failing(), 'text/plain'), new Failure('upload_broken'));
      t.equal(await store.read(key), undefined);
    }
  });
}

t.test('GridFS: takes no more than it can pass on', async (t) => {
  const [key, size] = [newId(), 64 * 1024];
  const chunks = db.collection('file_bytes.chunks');
  let [taken, ahead] = [0, 0];
  async function* counted(): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < 80; n++) {
      const written = await chunks.countDocuments({ files_id: key as never });
      ahead = Math.max(ahead, taken - written * 255 * 1024);
      taken += size;
      yield Buffer.alloc(size, n);
    }
  }
  await stores['GridFS']?.put(key, counted(), 'text/plain');
  t.ok(ahead <= 2 * 255 * 1024, `${ahead} bytes of ${taken} were held`);
});

t.test('S3: of a file that the store does not take no more than its first parts is taken', async (t) => {
  const deaf = createServer((request) => void request.resume().once('end', () => request.socket.destroy()));
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
  t.teardown(() => deaf.close());
  const { port } = deaf.address() as { port: number };
  const store = createS3FileStore({ ...s3.config, filesS3Endpoint: `http://127.0.0.1:${port}` });
  t.teardown(() => store.close());
  let taken = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < 640; n++) {
      taken += 65_536;
      yield Buffer.alloc(65_536, n);
    }
  }
  await t.rejects(store.put(newId(), counted(), 'text/plain'), unavailable);
  t.ok(taken <= 11 * 1024 * 1024, `${taken} bytes of 40 MiB`);
});

t.test('S3: a store that is silent is given up, and no connection to it stays', async (t) => {
  const open = new Set<object>();
  const silent = createServer(() => undefined);
  silent.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { port } = silent.address() as { port: number };
  const config = { ...s3.config, filesS3Endpoint: `http://127.0.0.1:${port}` };
  const impatient = { idleMs: 200, readIdleMs: 60_000, answerMs: 400 };
  const waiting = createS3FileStore(config, impatient);
  const late = createS3FileStore({ ...config, fileUploadMs: 100 }, { ...impatient, idleMs: 3_000 });
  t.teardown(() => [waiting, late].map(({ close }) => close()));
  let isLetGo = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.alloc(65_536);
    } finally {
      isLetGo = true;
    }
  }
  await t.rejects(waiting.put(newId(), endless(), 'text/plain'), unavailable, 'by a silent connection');
  await until('where the bytes come from is let go of', () => isLetGo);
  await t.rejects(late.put(newId(), pieces(randomBytes(10)), 'text/plain'), unavailable, 'by the clock');
  await t.rejects(waiting.read(newId()), unavailable);
  await t.rejects(waiting.remove(newId()), unavailable);
  await until('all is closed', () => open.size === 0);
});

t.test('GridFS: nothing half is left in any collection', async (t) => {
  const key = newId();
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield randomBytes(1_000_000);
    throw new Failure('upload_broken');
  }
  await t.rejects(stores['GridFS']?.put(key, failing(), 'text/plain') ?? Promise.resolve());
  t.equal(await db.collection('file_bytes.chunks').countDocuments({ files_id: key as never }), 0);
});

t.test('GridFS: a file whose last write is refused is not taken for kept, and nothing of it is left', async (t) => {
  const store = stores['GridFS'] as FileStore;
  const chunks = db.collection('file_bytes.chunks');
  for (const refusing of ['file_bytes.chunks', 'file_bytes.files']) {
    const key = newId();
    await db.command({ collMod: refusing, validator: { never: true } });
    const put = store.put(key, pieces(randomBytes(1_000)), 'text/plain');
    await t.rejects(put, { message: /failed validation/ }, refusing);
    await db.command({ collMod: refusing, validator: {} });
    t.equal(await store.read(key), undefined);
    t.equal(await chunks.countDocuments({ files_id: key as never }), 0);
  }
});

t.test('S3: a store that is away, or has no such bucket, is unavailable', async (t) => {
  const away = createServer((request) => request.socket.destroy());
  await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve));
  t.teardown(() => away.close());
  const { port } = away.address() as { port: number };
  const others: Partial<Config>[] = [
    { filesS3Endpoint: `http://127.0.0.1:${port}` },
    { filesS3Bucket: 'another-bucket' },
  ];
  for (const other of others) {
    const store = createS3FileStore({ ...s3.config, ...other });
    await t.rejects(store.put(newId(), pieces(randomBytes(10)), 'text/plain'), unavailable);
    store.close();
  }
  t.equal(loadConfig('api', { GAPLESS_SIGNING_KEY_FILE: 'x' }).fileStore, 'gridfs', 'nobody needs one');
});
