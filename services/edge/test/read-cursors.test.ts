import { Failure } from '@gapless/shared/errors';
import { newId, type RoomId, type UserId } from '@gapless/shared/schema';
import t from 'tap';
import { createCrowds } from '../src/crowds.ts';
import { createReadCursors } from '../src/read-cursors.ts';
import { wait } from './start-edge.ts';

type Asked = [UserId, RoomId[]][];

/** An api that answers when it is let. */
function api(answer: (asked: never) => unknown) {
  const questions: never[] = [];
  let now = 1_000_000;
  const commands = {
    call: async (_name: string, payload: unknown) => {
      questions.push(payload as never);
      return answer(payload as never);
    },
  };
  return { commands, questions, clock: { now: () => now }, later: (ms: number) => (now += ms) };
}

const rooms = (count: number): RoomId[] => Array.from({ length: count }, () => newId<RoomId>());

t.test('those who come together share a question, and each gets his own answer', async (t) => {
  const { commands, questions, clock } = api(({ w }: { w: Asked }) => ({
    w: w.map(([, own]) => own.slice(1).map((room, n) => [room, n + 5])),
  }));
  const cursors = createReadCursors({ commands, clock });
  const own = [rooms(2), rooms(3), rooms(0)];
  const answers = await Promise.all(own.map((each) => cursors.of(newId<UserId>(), each)));
  t.same(
    answers.map((answer) => [...(answer?.values() ?? [])].map(({ read }) => read)),
    [[0, 5], [0, 5, 6], []],
  );
  t.equal(questions.length, 1);
  await Promise.all(Array.from({ length: 30 }, () => cursors.of(newId<UserId>(), rooms(400))));
  t.equal(questions.length, 1 + 3, 'ten of them to a question');
});

t.test('when nobody answers nobody waits again for a while', async (t) => {
  let away = true;
  const { commands, questions, clock, later } = api(({ w }: { w: Asked }) => {
    if (away) throw new Failure('store_unavailable');
    return { w: w.map(() => []) };
  });
  const cursors = createReadCursors({ commands, clock });
  const ask = () => cursors.of(newId<UserId>(), rooms(1));
  t.equal(await ask(), undefined);
  t.equal(await ask(), undefined);
  t.equal(questions.length, 1);
  away = false;
  later(2_001);
  t.equal((await ask())?.size, 1);
});

t.test('a room is asked about once a minute; what nobody can tell is taken for a small one', async (t) => {
  let away = false;
  const { commands, questions, clock, later } = api(({ rs }: { rs: RoomId[] }) => {
    if (away) throw new Failure('store_unavailable');
    return { rs: rs.slice(0, 1) };
  });
  const crowds = createCrowds({ commands, clock });
  const [crowd, small] = rooms(2) as [RoomId, RoomId];
  t.equal(crowds.isCrowd(crowd), undefined);
  t.equal(crowds.isCrowd(small), undefined);
  await wait(10);
  t.same([crowds.isCrowd(crowd), crowds.isCrowd(small), questions.length], [true, false, 1]);
  away = true;
  later(60_001);
  t.equal(crowds.isCrowd(crowd), true, 'what was known holds while it is asked again');
  t.equal(crowds.isCrowd(newId<RoomId>()), undefined);
  await wait(10);
  t.equal(crowds.isCrowd(crowd), true);
  t.equal(questions.length, 2);
});
