import { casesOf } from '../conformance-case.ts';
import { done, expect, refused, same } from '../expect.ts';
import { call, clientId, following, say } from '../world.ts';

export const messageCases = casesOf('Sending', [
  {
    name: 'an answer to an answer belongs to the thread of the first message, which can be paged by itself',
    covers: ['frame msg', 'frame hist', 'error not_found'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [one, two] = [await following(world, 0, room), await following(world, 1, room)];
      const root = await say(one, room, 'the first');
      await say(one, room, 'of another matter');
      const answer = await say(two, room, 'an answer', { re: root });
      const second = await say(one, room, 'an answer to it', { re: answer, also: 1 });
      const heard = await two.next('the second answer', ({ s }) => s === second);
      same([heard['re'], heard['also']], [root, 1], 'what it belongs to');
      const page = await one.request({ t: 'hist', r: room, re: root });
      same(
        (page['ev'] as { s: number }[]).map(({ s }) => s),
        [answer, second],
        'the thread',
      );
      const nowhere = { t: 'send', r: room, c: clientId(), b: { text: 'x' }, re: 999_999_999 };
      refused(await one.request(nowhere), 'not_found', 'an answer to nothing');
    },
  },
  {
    name: 'a quote names a message of the room, and a forwarded message says where it comes from',
    covers: ['frame msg', 'error not_found'],
    users: 1,
    async run(world) {
      const [room, other] = [await world.room(0), await world.room(0)];
      const [peer, there] = [await following(world, 0, room), await following(world, 0, other)];
      const m = await say(peer, room, 'well said');
      const quote = (quoted: number) =>
        peer.request({ t: 'send', r: room, c: clientId(), b: { text: 'look', quote: quoted } });
      const ok = await quote(m);
      done(ok, 'a quote');
      const event = await peer.next('the quote', ({ s }) => s === ok['s']);
      same((event['b'] as { quote?: number }).quote, m, 'what it quotes');
      refused(await quote(999_999_999), 'not_found', 'a quote of nothing');
      await call(peer, 'messages.forward', { room, sequence: m, to: [other], clientId: clientId() });
      const forwarded = await there.next('what is forwarded', ({ t }) => t === 'msg');
      const { text, fwd } = forwarded['b'] as { text: string; fwd?: { r: string; m: number } };
      same([text, fwd?.r, fwd?.m], ['well said', room, m], 'what is forwarded');
    },
  },
  {
    name: 'what an application adds is kept as it is, as far as it is bounded',
    covers: ['error bad_frame', 'error too_large'],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const peer = await following(world, 0, room);
      const send = (custom: unknown) => peer.request({ t: 'send', r: room, c: clientId(), b: { text: 'x', custom } });
      const custom = { a: { b: [1, 'x', null, true] }, 'ключ ': '값' };
      const ok = await send(custom);
      done(ok, 'a send with custom');
      same((await peer.next('it', ({ s }) => s === ok['s']))['b'], { text: 'x', custom }, 'the body');
      for (const bad of [{ a: { b: { c: { d: {} } } } }, { $where: 1 }, { 'a.b': 1 }, { constructor: 1 }, [1], 'x']) {
        refused(await send(bad), 'bad_frame', `custom ${JSON.stringify(bad)}`);
      }
      refused(await send({ a: 'x'.repeat(3_000) }), 'too_large', 'custom of 3,000 bytes');
    },
  },
]);

export const pinCases = casesOf('Changing messages', [
  {
    name: 'pins are put and taken by who keeps order, and a deleted message is none',
    covers: ['frame pin', 'error forbidden'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [owner, member] = [await following(world, 0, room), await following(world, 1, room)];
      const [kept, dropped] = [await say(owner, room, 'kept'), await say(owner, room, 'dropped')];
      const pins = async () =>
        ((await call(member, 'messages.pins', { room }))['items'] as { message: { sequence: number } }[]).map(
          ({ message }) => message.sequence,
        );
      for (const sequence of [kept, dropped]) await call(owner, 'messages.pin', { room, sequence });
      await member.next('the pin', ({ t, m, on }) => t === 'pin' && m === dropped && on === 1);
      refused(
        await member.request({ t: 'call', m: 'messages.pin', p: { room, sequence: kept } }),
        'forbidden',
        'a pin of a member',
      );
      same(await pins(), [dropped, kept], 'the pins');
      done(await owner.request({ t: 'del', r: room, m: dropped, c: clientId() }), 'a deletion');
      same(await pins(), [kept], 'the pins behind it');
      await call(owner, 'messages.unpin', { room, sequence: kept });
      await member.next('the end of a pin', ({ t, m, on }) => t === 'pin' && m === kept && on === 0);
    },
  },
  {
    name: 'a message has twenty different emoji at most',
    covers: ['error conflict'],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const peer = await world.user(0);
      const m = await say(peer, room, 'x');
      const react = (n: number) =>
        peer.request({ t: 'react', r: room, m, c: clientId(), e: String.fromCodePoint(0x1f600 + n), on: 1 });
      for (let n = 0; n < 20; n++) done(await react(n), `reaction ${n + 1}`);
      refused(await react(20), 'conflict', 'one more');
      done(await react(3), 'one of them again');
    },
  },
  {
    name: 'an edit of what was changed meanwhile is refused by who asks for that',
    covers: ['error conflict', 'op call'],
    users: 1,
    async run(world) {
      const room = await world.room(0);
      const peer = await world.user(0);
      const sequence = await say(peer, room, 'one');
      const edit = (text: string, ifVersion: number) =>
        peer.request({ t: 'call', m: 'messages.edit', p: { room, sequence, body: { text }, ifVersion } });
      done(await edit('two', sequence), 'an edit of what I saw');
      refused(await edit('three', sequence), 'conflict', 'an edit of what is no more');
      const { ev } = (await peer.request({ t: 'hist', r: room })) as unknown as { ev: { b: { text: string } }[] };
      same(ev.at(-1)?.b.text, 'two', 'the text');
      const made = { name: 'conformance', clientId: clientId() };
      const [first, again] = [await call(peer, 'rooms.create', made), await call(peer, 'rooms.create', made)];
      expect(first['id'] === again['id'], 'what is made twice under one id is two');
    },
  },
]);
