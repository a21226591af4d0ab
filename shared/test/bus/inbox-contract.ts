import type { Test } from 'tap';
import type { Bus } from '../../src/bus/index.ts';
import { inboxOf, newId, type RoomId, type UserId } from '../../src/schema/index.ts';
import { until } from '../../src/testing/index.ts';

/** What a bus makes of users' inboxes. */
export function inboxContract(t: Test, makeBus: (t: Test) => Promise<Bus>): void {
  t.test('an inbox is followed, read and numbered like a room, and is no room', async (t) => {
    const { log, live } = await makeBus(t);
    const user = newId<UserId>();
    const inbox = inboxOf(user);
    const got: [number, number][] = [];
    const others: number[] = [];
    const following = await live.follow(inbox, {
      event: (seq, prev) => void got.push([seq, prev]),
      signal: () => t.fail('no signal was sent'),
    });
    const elsewhere = await live.follow(inboxOf(newId<UserId>()), {
      event: (seq) => void others.push(seq),
      signal: () => t.fail('no signal was sent'),
    });
    const event = (n: number) => ({
      room: inbox,
      id: `${user}:${n}`,
      lane: user,
      bytes: Buffer.from(`{"v":1,"n":${n}}`),
    });
    const first = await log.append(event(1));
    await log.append({ ...event(4), room: user as string as RoomId });
    const second = await log.append(event(2));
    t.equal((await log.append(event(2))).seq, second.seq, 'once');
    await until('both events', () => got.length === 2);
    t.strictSame(got, [
      [first.seq, 0],
      [second.seq, first.seq],
    ]);
    t.strictSame(
      (await log.readRoom(inbox, 0, 10)).map(({ room, seq }) => [room, seq]),
      [
        [inbox, first.seq],
        [inbox, second.seq],
      ],
    );
    t.equal((await log.read(inbox, second.seq))?.seq, second.seq);
    t.equal(await log.read(user as string as RoomId, second.seq), undefined, 'not as a room');
    t.strictSame([...(await log.heads([inbox]))], [[inbox, second.seq]]);
    following.stop();
    elsewhere.stop();
    await log.append(event(3));
    await new Promise((resolve) => setTimeout(resolve, 50));
    t.equal(got.length, 2, 'nothing after stop');
    t.strictSame(others, []);
  });
}
