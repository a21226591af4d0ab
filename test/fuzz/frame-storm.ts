import { sleep } from '@gapless/shared/runtime';
import type { RoomId } from '@gapless/shared/schema';
import { type Person, roomOf, signUp } from '../actors/person.ts';
import { chainFaults } from '../actors/record.ts';
import { connect, type Frame, newClientId, type Socket } from '../actors/socket.ts';
import type { Random } from '../guarantee/random.ts';
import { createFrames } from './frames.ts';
import type { Known } from './from-schema.ts';
import { type JudgedSocket, openJudged } from './judged-socket.ts';
import { knownOf } from './known.ts';
import type { Storm, StormGround } from './storm.ts';

const grounds = 8;
/** More than there are grounds: most of the time is spent waiting for answers. */
const socketsAtOnce = 32;
const framesASocket = 800;
const framesABurst = 100;
/** Frames that may wait for their answers while others are said. */
const unanswered = 200;
/** Changes of a room come one after the other, each of them may take as long as an edge waits for an api. */
const silenceMs = 30_000;

/** Frames of every kind over sockets that come and go, in any order, whole and in pieces; a clean client meanwhile. */
export async function frameStorm({ edges, api, random, storm, count }: StormGround): Promise<void> {
  const clean = await createCleanClients(api, edges);
  let left = count;
  const made = await Promise.all(Array.from({ length: grounds }, () => aGround(api)));
  const fuzzer = async (own: Random, n: number): Promise<void> => {
    const { person, known } = made[n % grounds] as Ground;
    const next = createFrames(own, known);
    while (left > 0) {
      const frames = Math.min(framesASocket, left);
      left -= frames;
      const socket = await openJudged(own.pick(edges));
      const said = await live(socket, { person, frames, next, random: own });
      // A socket that was closed early leaves the rest to others.
      left += Math.max(0, frames - said);
      storm.add(socket.outcomes, socket.faults);
      storm.did('frames', said);
      storm.did('sockets', 1);
    }
  };
  const watch = clean.while(() => left > 0, storm);
  await Promise.all(Array.from({ length: socketsAtOnce }, (_, n) => fuzzer(random.branch(), n)));
  await watch;
}

interface Ground {
  readonly person: Person;
  readonly known: Known;
}

/** Somebody, and what there is for him to speak of. */
async function aGround(api: string): Promise<Ground> {
  const people = await Promise.all([signUp(api), signUp(api)]);
  const [person, other] = people as [Person, Person];
  const mine = await Promise.all([roomOf(person, other), roomOf(person), roomOf(other, person)]);
  const foreign = await roomOf(other);
  return {
    person,
    known: knownOf(
      people,
      mine.map(({ id }) => id),
      foreign.id,
    ),
  };
}

interface Life {
  readonly person: Person;
  readonly frames: number;
  readonly next: ReturnType<typeof createFrames>;
  readonly random: Random;
}

/** How many frames were said: some before `hello`, then bursts of them, then an end of any kind. */
async function live(socket: JudgedSocket, { person, frames, next, random }: Life): Promise<number> {
  let i = 1_000_000;
  const say = () => socket.say(next(++i), random.chance(0.05) ? random.between(2, 5) : 1);
  const early = random.between(0, 10);
  for (let n = 0; n < early; n++) say();
  await socket.settled(silenceMs);
  const hello = { t: 'hello', i: ++i, tok: person.token, rooms: random.pick(['all', 'none']) };
  socket.say({ data: JSON.stringify(hello), binary: false, i, mustAnswer: true });
  await socket.settled(silenceMs);
  let said = early + 1;
  while (said < frames && socket.isOpen) {
    for (let n = 0; n < framesABurst; n++, said++) say();
    await socket.until(unanswered, silenceMs);
  }
  // Some are gone before they are answered.
  if (random.chance(0.8)) await socket.settled(silenceMs);
  await socket.end(random.chance(0.3));
  return said;
}

const patienceMs = 30_000;

/** As a client does it: what was not taken in time is sent again, under its id. */
async function sendOnce(sender: Socket, room: RoomId, text: string, storm: Storm): Promise<Frame> {
  const clientId = newClientId();
  for (const end = Date.now() + patienceMs; ; ) {
    const reply = await sender.send(room, text, clientId);
    const isLate = reply['code'] === 'unavailable' || reply['code'] === 'unknown';
    if (!isLate || Date.now() > end) return reply;
    storm.did('clean messages sent again', 1);
    await sleep(Number(reply['retry'] ?? 100));
  }
}

/** Two who mean well and notice nothing. */
async function createCleanClients(api: string, edges: readonly string[]) {
  const people = await Promise.all([signUp(api), signUp(api)]);
  const [one, two] = people as [Person, Person];
  const room = (await roomOf(one, two)).id;
  const sockets = await Promise.all(people.map((person, n) => connect(edges[n % edges.length] as string, person)));
  const [sender, reader] = sockets as [Socket, Socket];
  const sent: unknown[] = [];
  const round = async (storm: Storm): Promise<void> => {
    const reply = await sendOnce(sender, room, `said ${sent.length}`, storm);
    if (reply.t !== 'ok') return storm.fault(`a clean client heard ${JSON.stringify(reply)}`);
    sent.push(reply['s']);
    await reader.until('what was sent', (own) => own.events(room).some(({ s }) => s === reply['s']));
  };
  return {
    while: async (goesOn: () => boolean, storm: Storm): Promise<void> => {
      do {
        await round(storm);
        await sleep(100);
      } while (goesOn());
      await round(storm);
      const seen = reader.events(room).filter(({ t }) => t === 'msg');
      if (JSON.stringify(seen.map(({ s }) => s)) !== JSON.stringify(sent))
        storm.fault('a clean client missed messages');
      for (const fault of chainFaults(reader.events(room))) storm.fault(`a clean client: ${fault}`);
      storm.did('clean messages', sent.length);
      await Promise.all(sockets.map((socket) => socket.close()));
    },
  };
}
