import { createScratchDir, type LocalService, type ServiceProgram } from '@gapless/shared/local';
import { until } from '@gapless/shared/testing';
import t, { type Test } from 'tap';
import { type Person, roomOf, signUp } from '../actors/person.ts';
import { newClientId } from '../actors/socket.ts';
import type { HarmKind } from './evidence.ts';
import { startGround } from './ground.ts';
import type { Fate } from './live-proxy.ts';
import { startLogReader } from './log-reader.ts';
import { Member } from './member.ts';
import type { Wish } from './outbox.ts';
import { createRandom } from './random.ts';
import { judge } from './verdict.ts';

/** Who lacks something after this time lacks it for good: a whole system gets all the time that a busy machine takes. */
const patienceMs = { whole: 60_000, altered: 5_000 };
const deadlineMs = 60_000;
const leaseMs = 2_000;

const scratch = createScratchDir();
t.teardown(() => scratch.remove());
/** Of the live events of a room, now. */
const fates = new Map<string, Fate>();
const fateOf = (room: string): Fate => fates.get(room) ?? 'pass';
const ground = await startGround({ dir: scratch.path, edges: 2, workers: 2, fates: fateOf });
t.teardown(() => ground.close());
const { system } = ground;
const [whole, altered] = system.edges as readonly [LocalService, LocalService];
const log = await startLogReader([system.nats.url], 'ROOM_0');
t.teardown(() => log.close());
const people = [await signUp(system.api.url), await signUp(system.api.url)] as const;

interface Scene {
  /** One person's two devices, and somebody else's. */
  readonly writer: Member;
  readonly twin: Member;
  readonly reader: Member;
  /** What becomes of its live events from now on. */
  fate(fate: Fate): void;
  /** Resolves with the number under which it is stored. */
  does(member: Member, wish: Omit<Wish, 'room' | 'c'> & { c?: string }): Promise<number>;
}

const say = (text: string) => ({ kind: 'msg', text }) as const;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Plays it in a room of its own, everybody on that edge; answers which harms there were. */
async function play(
  edge: LocalService,
  act: (scene: Scene) => Promise<void>,
  is: keyof typeof patienceMs,
): Promise<HarmKind[]> {
  const [ann, bob] = people;
  const room = (await roomOf(ann, bob)).id;
  const memberOf = (person: Person) =>
    new Member({ name: person.nickname, person, urls: [edge.url], rooms: [room], random: createRandom(1) });
  const members = [memberOf(ann), memberOf(ann), memberOf(bob)] as const;
  const [writer, twin, reader] = members;
  for (const member of members) {
    member.outbox.stopRepeating();
    member.start();
  }
  await until('everybody to be there', () => members.every((member) => member.whole), deadlineMs);
  const does: Scene['does'] = async (member, wish) => {
    const c = wish.c ?? newClientId();
    member.outbox.add({ ...wish, room, c });
    const ack = () => member.deeds().find(({ content }) => content.c === c && content.t === wish.kind)?.acks[0];
    await until(`an answer for ${wish.kind}`, () => ack() !== undefined, deadlineMs);
    return ack()?.s as number;
  };
  try {
    await act({ writer, twin, reader, does, fate: (fate) => void fates.set(room, fate) });
    const { harms } = await judge({
      system,
      log,
      members,
      rooms: [{ id: room, readers: people }],
      patienceMs: patienceMs[is],
    });
    return [...new Set(harms.map(({ kind }) => kind))];
  } finally {
    await Promise.all(members.map((member) => member.stop()));
  }
}

async function onBothEdges(t: Test, without: string, harm: HarmKind, act: (scene: Scene) => Promise<void>) {
  ground.alter(altered, { without });
  await altered.restart();
  const [withIt, withoutIt] = await Promise.all([play(whole, act, 'whole'), play(altered, act, 'altered')]);
  t.strictSame(withIt, [], 'nothing is wrong with it');
  t.ok(withoutIt.includes(harm), `without it: ${harm}`);
}

t.test('gap filling: one live message is lost in between', (t) =>
  onBothEdges(t, 'gap filling', 'lost', async ({ writer, does, fate }) => {
    await does(writer, say('one'));
    fate('drop');
    await does(writer, say('two'));
    fate('pass');
    await does(writer, say('three'));
  }),
);

t.test('heads: the last live message is lost', (t) =>
  onBothEdges(t, 'heads', 'lost', async ({ writer, does, fate }) => {
    await does(writer, say('one'));
    // Whoever just began to follow a room looks once more.
    await wait(2_000);
    fate('drop');
    await does(writer, say('the last one'));
  }),
);

t.test('dedupe: one message is sent by two devices, and again', (t) =>
  onBothEdges(t, 'dedupe', 'doubled', async ({ writer, twin, does }) => {
    const c = newClientId();
    const first = await does(writer, { ...say('once'), c });
    await does(twin, { ...say('once'), c });
    await does(writer, { kind: 'react', m: first, e: '👍', on: 1 });
  }),
);

t.test('masking: a message is deleted while somebody is away who had not seen it, and all others go', (t) =>
  onBothEdges(t, 'masking', 'shown again', async ({ writer, twin, reader, does }) => {
    await does(writer, say('before'));
    reader.stayAway(60_000);
    const m = await does(writer, say('a secret'));
    await does(writer, { kind: 'del', m });
    for (const one of [writer, twin]) one.stayAway(60_000);
    await wait(1_200);
    for (const one of [writer, twin, reader]) one.comeBack();
  }),
);

t.test('fencing: the worker that writes the stream is paused, and awakes when another one does', async (t) => {
  const act = async ({ writer, does }: Scene): Promise<void> => {
    const active = await writing(system.workers);
    active.pause();
    await does(writer, say('while it sleeps'));
    const others = system.workers.filter((worker) => worker !== active);
    await until('another worker to write', async () => (await holders(others)).length === 1, deadlineMs);
    active.resume();
    await wait(leaseMs * 1.5);
    await does(writer, say('when it is awake'));
  };
  t.strictSame(await play(whole, act, 'whole'), [], 'nothing is wrong with it');
  for (const worker of system.workers) ground.alter(worker, { without: 'fencing' });
  await Promise.all(system.workers.map((worker) => worker.restart()));
  t.ok((await play(whole, act, 'altered')).includes('two writers'), 'without it: two writers');
});

async function holders(workers: readonly ServiceProgram[]): Promise<ServiceProgram[]> {
  const held = await Promise.all(workers.map(async ({ adminUrl }) => (await fetch(`${adminUrl}/metrics`)).text()));
  return workers.filter((_, n) => /^gapless_leases_held\{[^}]*\} 1$/m.test(held[n] ?? ''));
}

async function writing(workers: readonly ServiceProgram[]): Promise<ServiceProgram> {
  await until('one worker to write', async () => (await holders(workers)).length === 1, deadlineMs);
  return (await holders(workers))[0] as ServiceProgram;
}
