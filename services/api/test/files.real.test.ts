import { createHash, randomBytes } from 'node:crypto';
import { eventRowId, newId } from '@gapless/shared/schema';
import { startMongo, until } from '@gapless/shared/testing';
import sharp from 'sharp';
import t from 'tap';
import { key, startTalk } from './support/talk.ts';
import { aPng, fetched, formOf, partOf, post, upload } from './support/uploads.ts';

const mongo = await startMongo(t);
const { api, db, owner, ann, bob, stranger, aRoom, send, say, rest, write, mark } = await startTalk(t, mongo.url);

const linkOf = async (user: typeof ann, path: string): Promise<string> => {
  const { status, body } = await api.get(path, user.token);
  if (status !== 200) throw new Error(`${path} answered ${status}`);
  return body.url;
};

t.test('a file is kept as it came, whatever it is called, and served to be saved', async (t) => {
  const bytes = randomBytes(700_000);
  const { status, body, headers } = await upload(api, ann, bytes, { name: 'plän.bin', type: 'image/png' });
  t.equal(status, 201);
  t.match(body, { name: 'plän.bin', type: 'application/octet-stream', size: bytes.length });
  t.equal(headers['location'], `/v1/files/${body.id}/link`);
  const url = await linkOf(ann, `/v1/files/${body.id}/link`);
  const whole = await fetched(api, url);
  t.equal(whole.status, 200);
  t.ok(whole.bytes.equals(bytes));
  t.equal(whole.headers.get('x-content-type-options'), 'nosniff');
  t.equal(whole.headers.get('content-security-policy'), "sandbox; default-src 'none'");
  t.match(
    whole.headers.get('content-disposition'),
    /^attachment; filename="pl_n\.bin"; filename\*=UTF-8''pl%C3%A4n\.bin$/,
  );
  t.match(await api.get(`/v1/files/${body.id}/link`, bob.token), { status: 404 }, 'nobody else gets a link');
});

t.test('parts of a file are served by their range, and what is known is not sent again', async (t) => {
  const bytes = randomBytes(600_000);
  const { body } = await upload(api, ann, bytes);
  const url = await linkOf(ann, `/v1/files/${body.id}/link`);
  const size = bytes.length;
  const ranges: readonly [string, number, Buffer | undefined][] = [
    ['bytes=0-9', 206, bytes.subarray(0, 10)],
    ['bytes=261110-261130', 206, bytes.subarray(261_110, 261_131)],
    [`bytes=${size - 1}-`, 206, bytes.subarray(size - 1)],
    ['bytes=-5', 206, bytes.subarray(size - 5)],
    ['bytes=-99999999', 206, bytes],
    [`bytes=5-${size * 10}`, 206, bytes.subarray(5)],
    [`bytes=${size}-`, 416, undefined],
    ['bytes=-0', 416, undefined],
    ['bytes=9-3', 200, bytes],
    ['bytes=0-1,5-6', 200, bytes],
    ['lines=0-1', 200, bytes],
    ['bytes=0-99999999999999999999', 200, bytes],
  ];
  for (const [range, status, part] of ranges) {
    const found = await fetched(api, url, { range });
    t.equal(found.status, status, range);
    if (part !== undefined) t.ok(found.bytes.equals(part), range);
  }
  const { headers } = await fetched(api, url, { range: 'bytes=2-3' });
  t.equal(headers.get('content-range'), `bytes 2-3/${size}`);
  const tag = headers.get('etag') as string;
  t.equal((await fetched(api, url, { 'if-none-match': tag })).status, 304);
  t.equal((await fetched(api, url, { range: 'bytes=2-3', 'if-range': '"another"' })).status, 200);
  t.equal((await fetched(api, url, { range: 'bytes=2-3', 'if-range': tag })).status, 206);
  const beyond = await fetched(api, url, { range: `bytes=${size}-` });
  t.same([beyond.headers.get('cache-control'), beyond.headers.get('etag')], ['no-store', null]);
  const head = await fetched(api, url, {}, 'HEAD');
  t.match([head.status, head.headers.get('content-length'), head.bytes.length], [200, String(size), 0]);
});

t.test('bytes that are missing are refused without a word that the refusal may be kept', async (t) => {
  const { body } = await upload(api, ann, randomBytes(1_000));
  const url = await linkOf(ann, `/v1/files/${body.id}/link`);
  await db.collection<{ _id: string }>('file_bytes.files').deleteOne({ _id: body.id });
  const { status, headers } = await fetched(api, url, { range: 'bytes=2-3' });
  t.equal(status, 404);
  for (const name of ['etag', 'content-range', 'content-disposition']) t.equal(headers.get(name), null, name);
  t.equal(headers.get('cache-control'), 'no-store');
});

t.test(
  'an image is made anew: upright, without what a camera or anybody else hid in it, with a small picture',
  async (t) => {
    const shot = await sharp({ create: { width: 800, height: 600, channels: 3, background: '#336699' } })
      .withExif({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 0/1' }, IFD0: { Copyright: 'SECRET-PLACE' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    t.ok((await sharp(shot).metadata()).exif, 'the shot says where it was taken');
    const given = Buffer.concat([shot, Buffer.from('PK\x03\x04 a zip behind it <script>alert(1)</script>')]);
    const { status, body } = await upload(api, ann, given, { name: 'view.exe', type: 'text/html' });
    t.equal(status, 201);
    t.match(body, { name: 'view.exe.jpg', type: 'image/jpeg', width: 600, height: 800, thumb: true });
    const whole = await fetched(api, await linkOf(ann, `/v1/files/${body.id}/link`));
    t.equal(whole.headers.get('content-type'), 'image/jpeg');
    t.match(whole.headers.get('content-disposition'), /^inline; /);
    t.equal(whole.bytes.length, body.size);
    t.notOk(
      whole.bytes.includes('SECRET-PLACE') || whole.bytes.includes('script') || whole.bytes.includes('PK\x03\x04'),
    );
    const { exif, orientation } = await sharp(whole.bytes).metadata();
    t.same([exif, orientation], [undefined, undefined]);
    const thumb = await fetched(api, await linkOf(ann, `/v1/files/${body.id}/link?thumb=true`));
    const small = await sharp(thumb.bytes).metadata();
    t.match(small, { format: 'webp', width: 240, height: 320 });

    const frames = await Promise.all(
      ['#f00', '#0f0', '#00f'].map((background) =>
        sharp({ create: { width: 60, height: 40, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const moving = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    const gif = await upload(api, ann, moving, { name: 'moving.gif' });
    t.match(gif, { status: 201, body: { type: 'image/gif', width: 60, height: 40 } });
    const kept = await fetched(api, await linkOf(ann, `/v1/files/${gif.body.id}/link`));
    t.equal((await sharp(kept.bytes, { animated: true }).metadata()).pages, 3, 'an animation stays one');
  },
);

t.test('what is no such file is refused by what it holds, and nothing of it is kept', async (t) => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  const html = '<!doctype html><script>alert(1)</script>';
  const bombs = [aPng(30_000, 30_000, { isWhole: false }), aPng(60_000, 700, { isWhole: false })];
  const cases: readonly [string, Uint8Array, number, string][] = [
    ['SVG', Buffer.from(svg), 422, 'file_unfit'],
    ['SVG behind a comment', Buffer.from(`<?xml version="1.0"?><!-- ${'x'.repeat(900)} -->${svg}`), 422, 'file_unfit'],
    [
      'SVG behind a longer one',
      Buffer.from(`<!-- ${'x'.repeat(5_000)} --><!DOCTYPE a [<!ENTITY b "c">]>${svg}`),
      422,
      'file_unfit',
    ],
    ['markup that hides what it is', Buffer.from(`<!-- ${'x'.repeat(70_000)} -->${svg}`), 422, 'file_unfit'],
    ['SVG in UTF-16', Buffer.from(`\ufeff${svg}`, 'utf16le'), 422, 'file_unfit'],
    ['nothing', Buffer.alloc(0), 422, 'file_unfit'],
    ['GIF and HTML', Buffer.from(`GIF89a/*${html}*/`), 422, 'file_unfit'],
    ['PNG cut short', aPng(200, 200).subarray(0, 60), 422, 'file_unfit'],
    ['JPEG of which only the beginning is one', Buffer.from(`\xff\xd8\xff\xe0${html}`, 'latin1'), 422, 'file_unfit'],
    ['900 megapixels', bombs[0] as Buffer, 413, 'file_too_large'],
    ['42 megapixels', bombs[1] as Buffer, 413, 'file_too_large'],
  ];
  const before = await db.collection('file_bytes.chunks').countDocuments();
  for (const [what, bytes, status, kind] of cases) {
    const answer = await upload(api, ann, bytes, { name: 'x.png', type: 'image/png' });
    t.match(answer, { status, body: { type: `urn:gapless:problem:${kind}` } }, what);
  }
  t.equal(await db.collection('file_bytes.chunks').countDocuments(), before);
  const page = await upload(api, ann, Buffer.from(html), { name: 'page.html', type: 'text/html' });
  t.match(page, { status: 201, body: { type: 'application/octet-stream' } }, 'HTML is saved, never shown');
  const { headers } = await fetched(api, await linkOf(ann, `/v1/files/${page.body.id}/link`));
  t.match(headers.get('content-disposition'), /^attachment/);
  const text = await upload(api, ann, Buffer.from('In JSX write <svg width=1>'));
  t.match(text, { status: 201, body: { type: 'text/plain' } }, 'who writes of SVG writes text');
  const hidden = await upload(api, ann, Buffer.concat([aPng(50, 50), Buffer.from('PK\x03\x04hidden.zip')]));
  const { bytes } = await fetched(api, await linkOf(ann, `/v1/files/${hidden.body.id}/link`));
  t.notOk(bytes.includes('hidden.zip'), 'what was behind a PNG is gone');
});

t.test('a name is only shown: no path, no control characters, nothing that turns text around', async (t) => {
  const names: readonly [string, string][] = [
    ['../../etc/passwd', 'passwd'],
    ['..\\\\..\\\\boot.ini', 'boot.ini'],
    ['/abs/path.txt', 'path.txt'],
    ['..', 'file'],
    ['.htaccess', 'htaccess'],
    ['a\u202egnp.exe', 'agnp.exe'],
    ['n\u0000ul\u0007.txt', 'nul.txt'],
    ['%2e%2e%2fx', '%2e%2e%2fx'],
    [`${'한'.repeat(300)}.txt`, `${'한'.repeat(116)}.txt`],
    ['e\u0301.txt', 'é.txt'],
  ];
  for (const [given, shown] of names) {
    const { body } = await upload(api, ann, Buffer.from('text'), { name: given });
    t.equal(body.name, shown, JSON.stringify(given));
    t.equal(body.type, 'text/plain');
  }
});

t.test('the same upload under the same key is one file, another one is refused', async (t) => {
  const [bytes, again] = [randomBytes(50_000), key()];
  const first = await upload(api, ann, bytes, { key: again, name: 'one' });
  t.same((await upload(api, ann, bytes, { key: again, name: 'one' })).body, first.body);
  t.match(await upload(api, ann, randomBytes(50_000), { key: again }), { status: 409, body: { code: 'conflict' } });
  t.match(await upload(api, bob, bytes, { key: again }), { status: 201 }, 'the key is its user’s');
  const [a, b] = await Promise.all([
    upload(api, bob, bytes, { key: `${again}x` }),
    upload(api, bob, bytes, { key: `${again}x` }),
  ]);
  const made = [a, b].filter(({ status }) => status === 201).map(({ body }) => body.id);
  t.ok(made.length >= 1 && new Set(made).size === 1, 'two at once make one');
});

t.test('only one whole file in a form is an upload', async (t) => {
  const file = partOf(Buffer.from('a file'));
  const field = partOf(Buffer.from('x'), { head: 'Content-Disposition: form-data; name="note"' });
  const huge = partOf(Buffer.from('x'), {
    head: `Content-Disposition: form-data; name="${'n'.repeat(5_000)}"; filename="a"`,
  });
  const cases: readonly [string, Buffer, object, number][] = [
    ['no part', formOf(), {}, 400],
    ['an empty body', Buffer.alloc(0), {}, 400],
    ['two files', formOf(file, file), {}, 400],
    ['a field before it', formOf(field, file), {}, 400],
    ['a field behind it', formOf(file, field), {}, 400],
    ['cut short', formOf(file).subarray(0, -20), {}, 400],
    ['another boundary', formOf(file), { 'content-type': 'multipart/form-data; boundary=another' }, 400],
    ['no boundary', formOf(file), { 'content-type': 'multipart/form-data' }, 400],
    ['JSON', Buffer.from('{}'), { 'content-type': 'application/json' }, 415],
    ['text', Buffer.from('x'), { 'content-type': 'text/plain' }, 415],
    ['a key that is none', formOf(file), { 'idempotency-key': 'x'.repeat(300) }, 400],
  ];
  for (const [what, body, headers, status] of cases) {
    t.equal((await post(api, ann, body, headers)).status, status, what);
  }
  t.match((await post(api, ann, formOf(huge))).status, /^(201|400)$/, 'a huge name of a field does no harm');
  t.equal((await post(api, undefined, formOf(file))).status, 401, 'without a session');
  await until('nothing half is left', async () => (await db.collection('files').countDocuments({ state: 'up' })) === 0);
});

t.test('a link is good as it was given, until it ends, and for nothing else', async (t) => {
  const [{ body: one }, { body: two }] = [await upload(api, ann, aPng(20, 20)), await upload(api, ann, aPng(21, 21))];
  const url = await linkOf(ann, `/v1/files/${one.id}/link`);
  const [, end = '', signature = ''] = /e=(\d+)&s=([\w-]+)$/.exec(url) ?? [];
  const path = `/v1/files/${one.id}/content`;
  const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
  const forged = [
    `${path}?e=${end}&s=${flipped}`,
    `${path}?e=${end}&s=${signature.slice(0, -1)}`,
    `${path}?e=${end}&s=${signature}=`,
    `${path}?e=${Number(end) + 1}&s=${signature}`,
    `${path}?e=${end}&s=${signature}&thumb=1`,
    `${path}?e=${end}&s=${signature}&thumb=0`,
    `${path}?e=${end}&e=${end}&s=${signature}`,
    `${path}?e=1e300&s=${signature}`,
    `${path}?s=${signature}`,
    path,
    `/v1/files/${two.id}/content?e=${end}&s=${signature}`,
    `/v1/files/${newId()}/content?e=${end}&s=${signature}`,
    `/v1/files/..%2f${one.id}/content?e=${end}&s=${signature}`,
  ];
  const answers = new Set<string>();
  for (const link of forged) {
    const { status, bytes } = await fetched(api, link);
    t.equal(status, 404, link);
    answers.add(JSON.stringify({ ...JSON.parse(bytes.toString()), instance: '' }));
  }
  t.equal(answers.size, 1, 'all are told the same');
  t.equal((await fetched(api, url)).status, 200);
});

t.test('a message carries files of its sender, as the server knows them', async (t) => {
  const room = await aRoom(ann, bob);
  const { body: image } = await upload(api, ann, aPng(40, 30), { name: 'a.png' });
  const { body: paper } = await upload(api, ann, Buffer.from('%PDF-1.7'), { name: 'b.pdf' });
  const { body: bobs } = await upload(api, bob, Buffer.from('his'));
  const clientId = key();
  const sent = await send(ann, room, { text: '', files: [image.id, paper.id] }, { clientId });
  t.equal(sent.status, 201);
  t.equal((await send(ann, room, { text: '', files: [image.id, paper.id] }, { clientId })).body.duplicate, true);
  t.equal((await send(ann, room, { text: '', files: [paper.id] }, { clientId })).status, 409);
  const { body } = await rest(room).get(`/messages/${sent.body.sequence}`, bob);
  t.same(body.body, { text: '', files: [image, paper] });

  const bad: readonly [object, number][] = [
    [{ text: '' }, 400],
    [{ text: '', files: [] }, 400],
    [{ text: 'x', files: [bobs.id] }, 404],
    [{ text: 'x', files: [newId()] }, 404],
    [{ text: 'x', files: [image.id, image.id] }, 400],
    [{ text: 'x', files: Array.from({ length: 11 }, () => newId()) }, 400],
    [{ text: 'x', files: [image] }, 400],
    [{ text: 'x', files: [{ $ne: 1 }] }, 400],
  ];
  for (const [body, status] of bad) t.equal((await send(ann, room, body)).status, status, JSON.stringify(body));

  const path = `/messages/${sent.body.sequence}/files/${image.id}`;
  const { body: link } = await rest(room).get(path, bob);
  t.equal((await fetched(api, link.url)).status, 200);
  t.equal((await fetched(api, (await rest(room).get(`${path}?thumb=true`, bob)).body.url)).status, 200);
  t.equal((await rest(room).get(`/messages/${sent.body.sequence}/files/${paper.id}?thumb=true`, bob)).status, 404);
  t.equal((await rest(room).get(`/messages/${sent.body.sequence}/files/${bobs.id}`, bob)).status, 404);
  t.equal((await rest(room).get(path, stranger)).status, 403);

  await write(room);
  const edited = await rest(room).patch(sent.body.sequence, ann, { body: { text: '', files: [paper.id] } });
  t.equal(edited.status, 200);
  t.same((await rest(room).get(`/messages/${sent.body.sequence}`)).body.body.files, [paper], 'an edit takes one away');
  t.equal((await rest(room).get(path, bob)).status, 404);
  t.equal((await rest(room).patch(sent.body.sequence, ann, { body: { text: 'x', files: [image.id] } })).status, 404);
  t.equal((await rest(room).patch(sent.body.sequence, ann, { body: { text: '', files: [] } })).status, 400);
  t.equal((await rest(room).patch(sent.body.sequence, ann, { body: { text: 'with words' } })).status, 200);
  t.same((await rest(room).get(`/messages/${sent.body.sequence}`)).body.body, { text: 'with words', files: [paper] });

  const elsewhere = await aRoom(bob);
  const moved = await api.post(
    `/v1/rooms/${room}/messages/${sent.body.sequence}/forward`,
    { to: [elsewhere] },
    bob.token,
  );
  t.equal(moved.status, 200);
  const there = `/messages/${moved.body.items[0].sequence}`;
  t.same((await rest(elsewhere).get(there, bob)).body.body.files, [paper], 'forwarded with its files');
  t.equal((await rest(elsewhere).get(`${there}/files/${paper.id}`, owner)).status, 200);

  await rest(room).remove(`/messages/${sent.body.sequence}`, ann);
  t.equal((await rest(room).get(`/messages/${sent.body.sequence}/files/${paper.id}`, bob)).status, 404, 'deleted');
  t.equal(
    (await rest(elsewhere).get(`${there}/files/${paper.id}`, owner)).status,
    200,
    'and still where it was forwarded',
  );
});

t.test('who joined later, where that hides what was, gets no file of it', async (t) => {
  const { body } = await api.post('/v1/rooms', { name: 'from now on', history: 'joined' }, owner.token);
  const { body: file } = await upload(api, owner, Buffer.from('before'));
  const sent = await send(owner, body.id, { text: '', files: [file.id] });
  await api.post(`/v1/rooms/${body.id}/join`, {}, bob.token);
  t.equal((await rest(body.id).get(`/messages/${sent.body.sequence}/files/${file.id}`, bob)).status, 404);
  t.equal((await rest(body.id).get(`/messages/${sent.body.sequence}/files/${file.id}`, owner)).status, 200);
});

t.test('an image in the request itself becomes a file and a message, once', async (t) => {
  const room = await aRoom(ann);
  const clientId = key();
  const image = aPng(300, 200);
  const asked = { image: image.toString('base64'), name: 'x.png', text: 'look', clientId };
  const sent = await api.post(`/v1/rooms/${room}/images`, asked, ann.token);
  t.equal(sent.status, 201);
  t.equal((await api.post(`/v1/rooms/${room}/images`, asked, ann.token)).body.sequence, sent.body.sequence);
  const { body } = await rest(room).get(`/messages/${sent.body.sequence}`, owner);
  t.match(body.body, { text: 'look', files: [{ name: 'x.png', type: 'image/png', width: 300, height: 200 }] });
  await write(room);
  const row = { _id: `${eventRowId(room, sent.body.sequence)}` };
  const events = db.collection<{ _id: string; raw: string }>('events');
  const raw = JSON.stringify({ ...JSON.parse((await events.findOne(row))?.raw ?? '{}'), b: { text: '' }, del: 1 });
  await events.updateOne(row, { $set: { raw, del: true }, $unset: { cur: 1 } });
  await db.collection<{ c: string }>('files').deleteOne({ c: clientId });
  const again = await api.post(`/v1/rooms/${room}/images`, asked, ann.token);
  t.match(again, { status: 201, body: { sequence: sent.body.sequence, duplicate: true } }, 'also when it is deleted');
  const noisy = randomBytes(1_100_000).toString('base64');
  const bad: readonly [object, number][] = [
    [{ image: noisy }, 413],
    [{ image: randomBytes(3_000_000).toString('base64') }, 413],
    [{ image: Buffer.from('%PDF-1.7').toString('base64') }, 422],
    [{ image: 'not base64!' }, 400],
    [{ image: aPng(30_000, 30_000, { isWhole: false }).toString('base64') }, 413],
  ];
  for (const [body, status] of bad)
    t.equal((await api.post(`/v1/rooms/${room}/images`, body, ann.token)).status, status);
  t.equal((await api.post(`/v1/rooms/${room}/images`, { image: asked.image }, stranger.token)).status, 403);
});

t.test('hashes of what is kept are those of what came', async (t) => {
  const bytes = randomBytes(1_000);
  const { body } = await upload(api, ann, bytes);
  const row = await db.collection<{ _id: string; hash: string }>('files').findOne({ _id: body.id });
  t.equal(row?.hash, createHash('sha256').update(bytes).digest('base64url'));
  await say(ann, await aRoom(ann), 'x');
  await mark(1);
});
