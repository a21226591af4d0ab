import { casesOf } from '../conformance-case.ts';
import { done, expect, refused, same } from '../expect.ts';
import type { Frame } from '../frame-rules.ts';
import { clientId, eventsOf, following, say } from '../world.ts';

export const sendingCases = casesOf('Sending', [
  {
    name: 'a message reaches every member with its number, the sender included',
    covers: ['op send', 'frame ok', 'frame msg'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [sender, reader] = [await following(world, 0, room), await following(world, 1, room)];
      const c = clientId();
      const text = 'hi 안녕 👩‍👩‍👧 "quoted" \\ \n\t';
      const ok = await sender.request({ t: 'send', r: room, c, b: { text } });
      done(ok, 'the send');
      for (const peer of [sender, reader]) {
        const event = await peer.next('the message', ({ t, c: of }) => t === 'msg' && of === c);
        same([event['s'], event['u'], event['b']], [ok['s'], world.idOf(0), { text }], 'the message');
      }
    },
  },
  {
    name: 'a repeated send is answered as the first one was, and delivered once',
    covers: ['op send'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [sender, reader] = [await following(world, 0, room), await following(world, 1, room)];
      const frame = { t: 'send', r: room, c: clientId(), b: { text: 'once' } };
      const first = await sender.request(frame);
      const again = await (await world.user(0)).request({ ...frame, again: 1 });
      same([again['s'], again['at'], again['dup']], [first['s'], first['at'], 1], 'the answer to the second');
      const end = await say(sender, room, 'the end');
      await reader.next('the end', ({ s }) => s === end);
      same(eventsOf(reader, room).filter(({ c }) => c === frame.c).length, 1, 'deliveries');
    },
  },
  {
    name: 'the same client id with another text is a conflict',
    covers: ['error conflict'],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const peer = await world.user(0);
      const c = clientId();
      done(await peer.request({ t: 'send', r: room, c, b: { text: 'one' } }), 'the first');
      refused(await peer.request({ t: 'send', r: room, c, b: { text: 'two' } }), 'conflict', 'the second');
    },
  },
  {
    name: 'a message with a file that is not there is refused, and what follows it keeps its place',
    covers: ['error not_found'],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const peer = await following(world, 0, room);
      const frame = { t: 'send', r: room, c: clientId(), b: { text: 'look', files: ['0'.repeat(26)] } };
      const refusal = peer.request(frame);
      const seq = await say(peer, room, 'behind it');
      refused(await refusal, 'not_found', 'the message');
      await peer.next('what follows', ({ s }) => s === seq);
      same(eventsOf(peer, room).filter(({ c }) => c === frame.c).length, 0, 'deliveries of what was refused');
    },
  },
  {
    name: 'the same client id in another room is another message',
    covers: [],
    users: 1,
    async run(world) {
      const [one, two] = [await world.room(0), await world.room(0)];
      const peer = await world.user(0);
      const c = clientId();
      for (const r of [one, two]) {
        const ok = await peer.request({ t: 'send', r, c, b: { text: 'both' } });
        same([ok.t, ok['dup']], ['ok', undefined], 'the answer');
      }
    },
  },
  {
    name: 'frames of one socket keep their order',
    covers: [],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [sender, reader] = [await following(world, 0, room), await following(world, 1, room)];
      const texts = Array.from({ length: 50 }, (_, n) => `message ${n}`);
      for (const text of texts) sender.send({ t: 'send', r: room, c: clientId(), b: { text } });
      const textOf = ({ b }: Frame) => (b as { text?: string } | undefined)?.text;
      await reader.next('the last one', (frame) => textOf(frame) === texts.at(-1));
      const heard = eventsOf(reader, room).flatMap(({ t, b }) => (t === 'msg' ? [(b as { text: string }).text] : []));
      same(heard, texts, 'the order');
    },
  },
  {
    name: 'texts are bounded in code points and hold something to see',
    covers: ['error too_large', 'limit text of a message'],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const peer = await world.raw();
      const hi = await peer.request({ t: 'hello', tok: world.tokenOf(0), rooms: 'none' });
      const { text: most } = hi['lim'] as { text: number };
      const send = (text: string) => peer.request({ t: 'send', r: room, c: clientId(), b: { text } });
      done(await send('👍'.repeat(most)), 'the longest text');
      refused(await send('x'.repeat(most + 1)), 'too_large', 'a longer one');
      for (const text of ['', ' \n ', 'a\u0000b', 'a\u001bb']) {
        refused(await send(text), 'bad_frame', `the text ${JSON.stringify(text)}`);
      }
    },
  },
  {
    name: 'who is no member sends nothing, nor into a room that does not exist',
    covers: ['error not_member'],
    users: 2,
    async run(world) {
      const room = await world.room(0);
      const stranger = await world.user(1);
      for (const r of [room, '0'.repeat(26)]) {
        refused(await stranger.request({ t: 'send', r, c: clientId(), b: { text: 'x' } }), 'not_member', 'the send');
        refused(await stranger.request({ t: 'join', rs: [r] }), 'not_member', 'join');
        refused(await stranger.request({ t: 'hist', r }), 'not_member', 'hist');
      }
    },
  },
]);

export const changingCases = casesOf('Changing messages', [
  {
    name: 'edits, reactions and deletions are events of the one order, seen by all, and repeated are made once',
    covers: ['op edit', 'op del', 'op react', 'frame edit', 'frame del', 'frame react'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [author, reader] = [await following(world, 0, room), await following(world, 1, room)];
      const m = await say(author, room, 'first');
      const changes = [
        { by: author, frame: { t: 'edit', r: room, m, c: clientId(), b: { text: 'second' } } },
        { by: reader, frame: { t: 'react', r: room, m, c: clientId(), e: '👍', on: 1 } },
        { by: reader, frame: { t: 'react', r: room, m, c: clientId(), e: '👍', on: 0 } },
        { by: author, frame: { t: 'del', r: room, m, c: clientId() } },
      ];
      let before = m;
      for (const { by, frame } of changes) {
        const first = await by.request(frame);
        done(first, frame.t);
        expect(Number(first['s']) > before, `${frame.t} is numbered ${String(first['s'])} behind ${before}`);
        before = Number(first['s']);
        const again = await by.request(frame);
        same([again['s'], again['dup']], [first['s'], 1], `${frame.t} again`);
      }
      for (const peer of [author, reader]) {
        await peer.next('the deletion', ({ t }) => t === 'del');
        const kinds = eventsOf(peer, room).flatMap(({ t, m: of }) => (of === m ? [t] : []));
        same(kinds, ['edit', 'react', 'react', 'del'], 'the changes');
      }
    },
  },
  {
    name: 'only the author edits, a member does not delete what others wrote, and the deleted does not change',
    covers: ['error forbidden', 'error not_found'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [owner, member] = [await world.user(0), await world.user(1)];
      const m = await say(owner, room, 'mine');
      const change = (t: string, more: object = {}) => ({ t, r: room, m, c: clientId(), ...more });
      refused(await member.request(change('edit', { b: { text: 'x' } })), 'forbidden', 'an edit of another');
      refused(await member.request(change('del')), 'forbidden', 'a deletion of another');
      const theirs = await say(member, room, 'theirs');
      done(await owner.request({ ...change('del'), m: theirs }), 'a deletion by the owner');
      refused(
        await member.request({ ...change('edit', { b: { text: 'x' } }), m: theirs }),
        'not_found',
        'an edit of what is deleted',
      );
      refused(
        await member.request({ ...change('react', { e: '👍', on: 1 }), m: 999_999_999 }),
        'not_found',
        'no message',
      );
      refused(await member.request(change('react', { e: 'a b', on: 1 })), 'bad_frame', 'no emoji');
    },
  },
]);
