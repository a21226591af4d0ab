import t from 'tap';
import { AckMux, type AckMuxSettings } from '../../src/bus/ack-mux.ts';
import type { NewEvent } from '../../src/bus/index.ts';
import type { StreamGate } from '../../src/bus/stream-gate.ts';
import type { Failure } from '../../src/errors/index.ts';
import type { RoomId } from '../../src/schema/index.ts';

const room = '01hq0000000000000000000000' as RoomId;
const event = (id: string, lane = 'lane'): NewEvent => ({ room, id, lane, bytes: new Uint8Array([123, 125]) });

function setup(settings: Partial<AckMuxSettings> = {}) {
  const sent: { id: string; token: number }[] = [];
  const gate = { open: true, floor: 0, closed: [] as string[] };
  const full = { now: false, refused: 0 };
  const mux = new AckMux({
    wire: { send: ({ id }, token) => void sent.push({ id, token }) },
    gate: {
      isOpen: () => gate.open,
      floor: () => gate.floor,
      raise: (_stream: string, seq: number) => {
        gate.floor = Math.max(gate.floor, seq);
      },
      close: (_stream: string, why: string) => {
        gate.open = false;
        gate.closed.push(why);
      },
    } as unknown as StreamGate,
    room: { isFull: () => full.now, refused: () => void full.refused++ },
    settings: { window: 100, queue: 100, ackTimeoutMs: 50, deadlineMs: 600, ...settings },
  });
  const append = (id: string, lane?: string) => mux.append(event(id, lane), 'ROOM_0');
  const stored = (at: number, seq: number, duplicate = false) =>
    mux.answered(sent[at]?.token ?? -1, { kind: 'stored', seq, duplicate });
  return { mux, sent, gate, full, append, stored };
}

/** Which failure it ended with. */
const kindOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'none',
    (failure: Failure) => failure.kind,
  );

const until = async (check: () => boolean) => {
  for (let i = 0; i < 200 && !check(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
};

t.test('resolves with the number that the log gave', async (t) => {
  const { append, stored } = setup();
  const answer = append('a');
  stored(0, 7);
  t.strictSame(await answer, { seq: 7, duplicate: false });
});

t.test('sends one event of a lane at a time, and lanes side by side', async (t) => {
  const { sent, append, stored } = setup();
  const all = [append('a1', 'a'), append('a2', 'a'), append('b1', 'b')];
  t.strictSame(
    sent.map(({ id }) => id),
    ['a1', 'b1'],
  );
  stored(0, 1);
  t.strictSame(
    sent.map(({ id }) => id),
    ['a1', 'b1', 'a2'],
  );
  stored(1, 2);
  stored(2, 3);
  t.strictSame(
    (await Promise.all(all)).map(({ seq }) => seq),
    [1, 3, 2],
  );
});

t.test('tells for how long events waited for others before they were sent, each once', async (t) => {
  const { mux, append, stored } = setup({ window: 8, ackTimeoutMs: 500 });
  t.equal(mux.takeMeanWait(), undefined);
  const all = [append('a1', 'a'), append('b1', 'b'), append('a2', 'a')];
  t.ok((mux.takeMeanWait() as number) < 25, 'two went at once');
  t.equal(mux.takeMeanWait(), undefined);
  await new Promise((resolve) => setTimeout(resolve, 30));
  stored(0, 1);
  all.push(append('c1', 'c'));
  const meanMs = mux.takeMeanWait() as number;
  t.ok(meanMs >= 12, `one of two waited for 30 ms: ${meanMs}`);
  for (const [at, seq] of [
    [1, 2],
    [2, 3],
    [3, 4],
  ] as const)
    stored(at, seq);
  await Promise.all(all);
  t.equal(mux.takeMeanWait(), undefined, 'what the log takes is no wait');
});

t.test('where few are under way nobody waits for others', async (t) => {
  const { mux, append, stored } = setup({ window: 100 });
  const all = [append('a1', 'a'), append('a2', 'a')];
  await new Promise((resolve) => setTimeout(resolve, 30));
  mux.takeMeanWait();
  stored(0, 1);
  t.equal(mux.takeMeanWait(), 0);
  stored(1, 2);
  await Promise.all(all);
});

t.test('repeats the same id when no answer comes, and what is behind it waits', async (t) => {
  const { sent, append, stored } = setup();
  const first = append('a1');
  const second = append('a2');
  await until(() => sent.length === 2);
  t.strictSame(
    sent.map(({ id }) => id),
    ['a1', 'a1'],
    'the second one was not sent',
  );
  stored(1, 5, true);
  t.strictSame(await first, { seq: 5, duplicate: true });
  stored(2, 6);
  t.strictSame(await second, { seq: 6, duplicate: false });
});

t.test('an answer after its time-out still settles the event', async (t) => {
  const { mux, sent, append } = setup();
  const answer = append('a');
  await until(() => mux.inFlight === 0);
  mux.answered(sent[0]?.token ?? -1, { kind: 'stored', seq: 9, duplicate: false });
  t.equal((await answer).seq, 9);
});

t.test('says unknown when it was sent and nothing ever answered', async (t) => {
  const { append } = setup({ deadlineMs: 150 });
  t.equal(await kindOf(append('a')), 'fate_unknown');
});

t.test('says unavailable when the log only ever answered that it is not there', async (t) => {
  const { mux, sent, append } = setup({ deadlineMs: 150, ackTimeoutMs: 5_000 });
  const answer = kindOf(append('a'));
  const timer = setInterval(() => mux.answered(sent.at(-1)?.token ?? -1, { kind: 'again' }), 5);
  t.equal(await answer, 'log_unavailable');
  clearInterval(timer);
});

t.test('refuses at once, with nothing sent, while the gate is closed', async (t) => {
  const { gate, sent, append } = setup();
  gate.open = false;
  t.equal(await kindOf(append('a')), 'log_unavailable');
  t.equal(sent.length, 0);
});

t.test('tells a full log from one that is away', async (t) => {
  const { mux, sent, append } = setup();
  const answer = append('a');
  mux.answered(sent[0]?.token ?? -1, { kind: 'full' });
  t.equal(await kindOf(answer), 'log_full');
});

t.test('bounds what is in flight and what waits', async (t) => {
  const { sent, append, stored } = setup({ window: 2, queue: 2 });
  const all = ['a', 'b', 'c', 'd'].map((id) => append(id, id));
  t.equal(sent.length, 2, 'the window');
  t.equal(await kindOf(append('e', 'e')), 'busy', 'beyond the queue');
  for (let i = 0; i < 4; i++) stored(i, i + 1);
  t.equal((await Promise.all(all)).length, 4);
});

t.test('a number given a second time is no acknowledgement: the gate closes and the event waits', async (t) => {
  const { gate, sent, append, stored } = setup();
  gate.floor = 1_000;
  const answer = append('a');
  stored(0, 12);
  t.match(gate.closed, ['number 12 was given a second time']);
  gate.open = true;
  await until(() => sent.length === 2);
  stored(1, 1_000_000);
  t.equal((await answer).seq, 1_000_000);
});

t.test('what was in flight when the connection ended is sent again, once the gate is open', async (t) => {
  const { mux, gate, sent, append, stored } = setup();
  const answer = append('a');
  gate.open = false;
  mux.disconnected();
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.equal(sent.length, 1, 'not while it is closed');
  gate.open = true;
  await until(() => sent.length === 2);
  stored(1, 3);
  t.equal((await answer).seq, 3);
});

t.test(
  'sends nothing into a stream that must be written to MongoDB first, and tells who was refused by JetStream',
  async (t) => {
    const { mux, sent, full, append, stored } = setup();
    full.now = true;
    t.equal(await kindOf(append('a')), 'log_full');
    t.strictSame([sent, full.refused], [[], 0]);
    full.now = false;
    const [first, second] = [append('b', 'b'), append('c', 'c')];
    stored(0, 1);
    mux.answered(sent[1]?.token ?? -1, { kind: 'full' });
    t.strictSame([await first, await kindOf(second), full.refused], [{ seq: 1, duplicate: false }, 'log_full', 1]);
  },
);

t.test('a clock that is set back by hours holds up neither a retry nor a refusal', async (t) => {
  const { sent, append, stored } = setup();
  const [answered, unanswered] = [append('a', 'a'), append('b', 'b')];
  const past = Date.now() - 3_600_000;
  t.intercept(Date, 'now', { value: () => past });
  const refusal = kindOf(unanswered);
  const again = () => sent.findIndex(({ id }, n) => n > 1 && id === 'a');
  await until(() => again() > 0);
  stored(again(), 5);
  t.equal((await answered).seq, 5);
  t.equal(await refusal, 'fate_unknown');
});
