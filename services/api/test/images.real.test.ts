import { newId } from '@gapless/shared/schema';
import { startMongo } from '@gapless/shared/testing';
import sharp from 'sharp';
import t from 'tap';
import { key, startTalk } from './support/talk.ts';
import { aPng, fetched, upload } from './support/uploads.ts';

const mongo = await startMongo(t);
const { api, db, owner, ann, bob, aRoom } = await startTalk(t, mongo.url);

t.test('my image, and that of a room, is a file of mine, under an address that nobody guesses', async (t) => {
  const [room, elsewhere] = [await aRoom(ann), await aRoom(ann)];
  const [first, second] = [await upload(api, owner, aPng(900, 600)), await upload(api, owner, aPng(30, 30))];
  const paper = await upload(api, owner, Buffer.from('%PDF-1.7'));
  const foreign = await upload(api, bob, aPng(40, 40));
  const change = (path: string, body: object, user = owner) => api.request('PATCH', path, user.token, body);
  const uses = db.collection<{ _id: string; f: string }>('file_uses');

  for (const path of ['/v1/me', `/v1/rooms/${room}`]) {
    const shown = (await change(path, { imageFile: first.body.id })).body;
    t.match(shown.image, /^\/v1\/images\/[\w-]{24}$/, path);
    const { image, version } = (await change(path, { imageFile: first.body.id })).body;
    t.same([image, version], [shown.image, shown.version], 'said again nothing is otherwise');
    const found = await fetched(api, image);
    t.same([found.status, found.headers.get('content-type')], [200, 'image/webp'], 'nobody has to be somebody');
    t.match(await sharp(found.bytes).metadata(), { format: 'webp', width: 320 });

    const bad: readonly [object, number][] = [
      [{ imageFile: foreign.body.id }, 404],
      [{ imageFile: newId() }, 404],
      [{ imageFile: paper.body.id }, 422],
      [{ imageFile: first.body.id, image: 'https://example.org/a.png' }, 400],
      [{ imageFile: second.body.id, image: null }, 400],
      [{ imageFile: { $ne: '' } }, 400],
      [{ imageFile: second.body.id, ifVersion: 99 }, 412],
      [{ image }, 400],
    ];
    for (const [body, status] of bad) t.equal((await change(path, body)).status, status, JSON.stringify(body));
    t.equal((await api.get(path, owner.token)).body.image, image, 'what was refused changed nothing');
    t.equal(await uses.countDocuments({ f: second.body.id }), 0, 'and noted nothing');

    const next = (await change(path, { imageFile: second.body.id })).body.image;
    t.not(next, image);
    t.equal((await fetched(api, image)).status, 404, 'the image before is nobody’s any more');
    t.match(await change(path, { image: 'https://example.org/a.png' }), {
      body: { image: 'https://example.org/a.png' },
    });
    t.equal((await fetched(api, next)).status, 404, 'nor is one in whose place an address elsewhere came');
    const last = (await change(path, { imageFile: second.body.id })).body.image;
    t.notOk('image' in (await change(path, { image: null })).body);
    t.equal((await fetched(api, last)).status, 404);
    t.equal(await uses.countDocuments({ f: { $in: [first.body.id, second.body.id] } }), 0);
  }

  t.equal((await change(`/v1/rooms/${room}`, { imageFile: first.body.id }, ann)).status, 403);
  const mine = (await change('/v1/me', { imageFile: first.body.id })).body.image;
  t.equal((await api.get(`/v1/users/${owner.id}`, bob.token)).body.image, mine);
  const there = (await change(`/v1/rooms/${elsewhere}`, { imageFile: first.body.id })).body.image;
  t.not(there, mine, 'two addresses of one file do not tell of each other');
  await api.request('DELETE', `/v1/rooms/${elsewhere}`, owner.token);
  t.equal((await fetched(api, there)).status, 404, 'the image of a deleted room goes with it');
  t.equal((await fetched(api, mine)).status, 200);

  const asked = { name: 'shown', imageFile: first.body.id, clientId: key() };
  const made = await api.post('/v1/rooms', asked, owner.token);
  t.equal(made.status, 201);
  t.equal((await fetched(api, made.body.image)).status, 200);
  t.equal((await api.post('/v1/rooms', asked, owner.token)).body.image, made.body.image, 'once');
  t.equal((await api.post('/v1/rooms', { name: 'a', imageFile: foreign.body.id }, owner.token)).status, 404);
  const logged = (await api.bus.log.readRoom(made.body.id, 1, 1)).map(({ bytes }) => Buffer.from(bytes).toString());
  t.match(JSON.parse(logged[0] ?? '{}'), { t: 'room', image: made.body.image }, 'members are told of it');
});
