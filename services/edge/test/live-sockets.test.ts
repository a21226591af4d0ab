import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId } from '@gapless/shared/schema';
import t from 'tap';
import { createLiveSockets, type LiveSocketsDeps } from '../src/live-sockets.ts';
import { fakeSession } from './fake-session.ts';

function socketsOver(followed: Promise<void>) {
  const left: RoomId[] = [];
  const stay = { live: false, heldAt: undefined, muted: false, asked: 0, wanted: 0 };
  const deps: Partial<LiveSocketsDeps> = {
    hub: { enter: (room: RoomId) => ({ ...stay, room, followed, leave: () => left.push(room) }) } as never,
    topics: { open: () => undefined, shut: () => undefined } as never,
  };
  return { liveSockets: createLiveSockets(deps as LiveSocketsDeps), left };
}

t.test('who takes back that a socket follows a room takes it from nobody who wants it still', async (t) => {
  const room = newId<RoomId>();
  const { liveSockets, left } = socketsOver(Promise.resolve());
  const { session } = fakeSession();
  const undoes = [await liveSockets.follow(session, [room]), await liveSockets.follow(session, [room, room])];
  undoes[0]?.();
  t.ok(session.rooms.has(room));
  undoes[1]?.();
  t.same([session.rooms.size, left], [0, [room]]);
});

t.test('a room that cannot be followed is left again, whoever wanted it', async (t) => {
  const room = newId<RoomId>();
  const { liveSockets, left } = socketsOver(Promise.reject(new Failure('log_unavailable')));
  const { session } = fakeSession();
  const both = await Promise.allSettled([liveSockets.follow(session, [room]), liveSockets.follow(session, [room])]);
  t.match(both, [{ status: 'rejected' }, { status: 'rejected' }]);
  t.same([session.rooms.size, left], [0, [room]]);
});
