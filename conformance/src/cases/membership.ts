import { casesOf } from '../conformance-case.ts';
import { done, expect, refused, same } from '../expect.ts';
import { clientId, eventsOf, following, result, say } from '../world.ts';

export const membershipCases = casesOf('Membership', [
  {
    name: 'leave ends what is live on this socket only, join begins it',
    covers: ['op join', 'op leave', 'transition room: join to live', 'transition room: leave'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [speaker, reader] = [await following(world, 0, room), await following(world, 1, room)];
      done(await reader.request({ t: 'leave', rs: [room] }), 'leave');
      const unheard = await say(speaker, room, 'unheard');
      done(await reader.request({ t: 'join', rs: [room] }), 'join');
      const heard = await say(speaker, room, 'heard');
      await reader.next('what is said behind join', ({ s }) => s === heard);
      expect(!eventsOf(reader, room).some(({ s }) => s === unheard), 'what was said behind leave came');
    },
  },
  {
    name: 'joining is an event of the room, and may be repeated',
    covers: ['op call', 'frame mem'],
    users: 2,
    async run(world) {
      const room = await world.room(0);
      const owner = await following(world, 0, room);
      const guest = await world.user(1);
      for (let n = 0; n < 2; n++) result(await guest.request({ t: 'call', m: 'rooms.join', p: { room } }));
      const event = await owner.next('the join', ({ t, op }) => t === 'mem' && op === 'join');
      same(event['us'], [world.idOf(1)], 'who joined');
      done(await guest.request({ t: 'send', r: room, c: clientId(), b: { text: 'here' } }), 'a send of the new member');
    },
  },
  {
    name: 'whose membership ends gets removed and nothing behind it, and sends nothing',
    covers: ['frame removed', 'error not_member', 'transition room: removed'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const [owner, guest] = [await following(world, 0, room), await following(world, 1, room)];
      done(await owner.request({ t: 'call', m: 'rooms.remove', p: { room, user: world.idOf(1) } }), 'the removal');
      await guest.next('removed', ({ t, r }) => t === 'removed' && r === room);
      const end = await owner.next('the end', ({ t, op }) => t === 'mem' && op === 'remove');
      await say(owner, room, 'not for the guest');
      refused(await guest.request({ t: 'send', r: room, c: clientId(), b: { text: 'x' } }), 'not_member', 'a send');
      refused(await guest.request({ t: 'hist', r: room }), 'not_member', 'hist');
      const late = eventsOf(guest, room).filter(({ s }) => Number(s) > Number(end['s']));
      same(late, [], 'what came behind the removal');
      const back = await world.user(1, { rooms: 'none', since: { [room]: 1 } });
      await back.next('removed', ({ t, r }) => t === 'removed' && r === room);
    },
  },
  {
    name: 'a command that does not exist, or is not for me, is refused',
    covers: ['error not_found', 'error forbidden', 'error bad_frame'],
    users: 2,
    async run(world) {
      const room = await world.room(0, 1);
      const guest = await world.user(1);
      refused(await guest.request({ t: 'call', m: 'rooms.explode', p: {} }), 'not_found', 'no command');
      refused(await guest.request({ t: 'call', m: 'rooms.join', p: { room: 5 } }), 'bad_frame', 'bad parameters');
      refused(
        await guest.request({ t: 'call', m: 'rooms.remove', p: { room, user: world.idOf(0) } }),
        'forbidden',
        'removing the owner',
      );
      refused(
        await guest.request({ t: 'call', m: 'users.disable', p: { user: world.idOf(0) } }),
        'not_found',
        'an admin command',
      );
    },
  },
]);

export const limitCases = casesOf('Limits', [
  {
    name: 'frames beyond the rate are refused with the time to wait, then the connection is ended with 4429',
    covers: ['error rate_limited', 'close 4429', 'limit frames of one socket'],
    users: 1,
    async run({ user }) {
      const peer = await user(0);
      for (let n = 0; n < 2_000 && peer.closed === undefined; n++) peer.send({ t: 'ping' });
      const told = await peer.next('an error', ({ t }) => t === 'err');
      same([told['code'], typeof told['retry']], ['rate_limited', 'number'], 'the refusal');
      same(await peer.closes(), 4429, 'the close');
    },
  },
  {
    name: 'who sends what is no frame again and again is ended with 4400',
    covers: ['close 4400'],
    users: 1,
    async run({ user }) {
      const peer = await user(0);
      for (let n = 0; n < 120 && peer.closed === undefined; n++) peer.wire.text('{');
      same(await peer.closes(), 4400, 'the close');
    },
  },
  {
    name: 'deep JSON is no frame',
    covers: ['limit depth of JSON'],
    users: 1,
    async run({ user }) {
      const peer = await user(0);
      peer.wire.text(`{"t":"ping","x":${'['.repeat(2_000)}${']'.repeat(2_000)}}`);
      same((await peer.next('an error', ({ t }) => t === 'err'))['code'], 'bad_frame', 'the code');
    },
  },
]);
