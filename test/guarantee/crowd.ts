import { randomUUID } from 'node:crypto';
import { createClientIds } from '@gapless/shared/client';
import { joinRoom, type Person, type RoomItem, signUp } from '../actors/person.ts';
import { Member } from './member.ts';
import type { Wish } from './outbox.ts';
import type { Random } from './random.ts';

/** People with devices in rooms, who do what people do there, at a steady pace whatever the servers do. */
export interface Crowd {
  readonly members: readonly Member[];
  readonly rooms: readonly CrowdRoom[];
  /** Joins, leaves, removals and bans over REST so far. */
  readonly moves: () => number;
  begin(): void;
  /** Nothing new is asked for; who is away comes back. Resolves when everybody is in all rooms. */
  end(): Promise<void>;
  close(): Promise<void>;
}

/** Everybody is in it at the beginning, and at the end. */
export interface CrowdRoom {
  readonly id: string;
  readonly sees: 'all' | 'joined';
  readonly readers: readonly Person[];
}

export interface CrowdOptions {
  readonly apis: readonly string[];
  readonly edges: readonly string[];
  readonly people: number;
  /** More than one for some. */
  readonly devices: number;
  readonly rooms: number;
  readonly perSecond: number;
  readonly random: Random;
}

/** A client that is cut off holds back what its user does beyond this. */
const mostUnsettled = 300;
const tickMs = 20;
const emojis = ['👍', '🎉', '❤️', '안녕'];
const moveShare = 0.012;
const removalShare = 0.4;
const banShare = 0.3;
const awayMs = { least: 500, most: 5_000 };

export async function gatherCrowd(options: CrowdOptions): Promise<Crowd> {
  const { apis, edges: urls, random } = options;
  const api = apis[0] as string;
  const people: Person[] = [];
  for (let n = 0; n < options.people; n++) people.push(await signUp(api, `p${n}-${randomUUID().slice(0, 8)}`));
  const [owner, ...others] = people as [Person, ...Person[]];
  const rooms: CrowdRoom[] = [];
  for (let n = 0; n < options.rooms; n++) rooms.push(await roomFor(people, n % 2 === 0 ? 'all' : 'joined'));

  const messages = createKnownMessages();
  const members = Array.from({ length: options.devices }, (_, n) => {
    const person = people[n % people.length] as Person;
    const name = `${person.nickname} on device ${Math.floor(n / people.length) + 1}`;
    return new Member({
      name,
      person,
      urls,
      rooms: rooms.map(({ id }) => id),
      random: random.branch(),
      saw: messages.saw,
    });
  });
  const moves = createMoves({ members, owner, movers: others, rooms, random: random.branch() });
  const wishes = createWishes(messages, random.branch());
  let timer: NodeJS.Timeout | undefined;

  /** Open loop: what is due is asked for, however long answers take. */
  const begin = (): void => {
    const startedAt = Date.now();
    let done = 0;
    timer = setInterval(() => {
      for (const due = ((Date.now() - startedAt) * options.perSecond) / 1_000; done < due; done++) act();
    }, tickMs);
  };
  const act = (): void => {
    if (random.chance(moveShare)) return moves.someoneGoes();
    const member = random.pick(members);
    const room = random.pick(rooms).id;
    if (!member.isIn(room) || member.outbox.unsettled > mostUnsettled) return;
    const wish = wishes.next(room, member.person.id);
    if (wish !== undefined) member.outbox.add(wish);
  };

  for (const member of members) member.start();
  return {
    members,
    rooms,
    moves: moves.count,
    begin,
    end: async () => {
      clearInterval(timer);
      for (const member of members) {
        member.outbox.stopRepeating();
        member.comeBack();
      }
      await moves.allBack();
    },
    close: async () => {
      await Promise.all(members.map((member) => member.stop()));
    },
  };
}

/** Of the first one, with the others in it. */
async function roomFor(people: readonly Person[], sees: CrowdRoom['sees']): Promise<CrowdRoom> {
  const [owner, ...others] = people as [Person, ...Person[]];
  const { status, body } = await owner.post<RoomItem>('/v1/rooms', { name: 'A room', history: sees });
  if (status !== 201) throw new Error(`making a room answered ${status}: ${JSON.stringify(body)}`);
  for (const other of others) await joinRoom(other, body.id);
  return { id: body.id, sees, readers: people };
}

interface KnownMessages {
  saw(event: { readonly t: string; readonly r: string; readonly s: number; readonly u?: unknown }): void;
  /** One of the newest messages of the room, of that author if one is given. */
  some(random: Random, room: string, author?: string): number | undefined;
}

const newestKept = 40;

function createKnownMessages(): KnownMessages {
  const known = new Map<string, { s: number; author: string }[]>();
  const note = (room: string, s: number, author: string): void => {
    const list = known.get(room) ?? [];
    known.set(room, list);
    if (list.some((message) => message.s === s)) return;
    list.push({ s, author });
    if (list.length > newestKept) list.shift();
  };
  return {
    saw: ({ t, r, s, u }) => {
      if (t === 'msg') note(r, s, String(u));
    },
    some: (random, room, author) => {
      const list = (known.get(room) ?? []).filter((message) => author === undefined || message.author === author);
      return list.length === 0 ? undefined : random.pick(list).s;
    },
  };
}

function createWishes(messages: KnownMessages, random: Random) {
  let said = 0;
  const words = (what: string): string => `${what} ${++said} ${'안녕 👋 '.repeat(random.between(0, 12))}`.trim();

  return {
    next: (room: string, user: string): Wish | undefined => {
      const c = clientId(random);
      const dice = random.next();
      if (dice < 0.56) return { room, kind: 'msg', c, text: words('message') };
      const re = messages.some(random, room);
      if (dice < 0.68) return { room, kind: 'msg', c, text: words('reply'), ...(re !== undefined && { re }) };
      const m = messages.some(random, room, dice < 0.86 ? user : undefined);
      if (m === undefined) return undefined;
      if (dice < 0.8) return { room, kind: 'edit', c, m, text: words('edited') };
      if (dice < 0.86) return { room, kind: 'del', c, m };
      return { room, kind: 'react', c, m, e: random.pick(emojis), on: random.chance(0.7) ? 1 : 0 };
    },
  };
}

const hourMs = 3_600_000;
const idsOf = (shiftMs: number) => createClientIds(() => Date.now() + shiftMs);
const [ids, late, early] = [idsOf(0), idsOf(-hourMs), idsOf(hourMs)];

/** Mostly dated now; some clocks are wrong by an hour, and some ids tell no age. */
function clientId(random: Random): string {
  const dice = random.next();
  if (dice < 0.02) return randomUUID();
  return (dice < 0.04 ? late : dice < 0.06 ? early : ids).next();
}

interface MoveOptions {
  readonly members: readonly Member[];
  readonly owner: Person;
  readonly movers: readonly Person[];
  readonly rooms: readonly CrowdRoom[];
  readonly random: Random;
}

/** Somebody leaves a room over REST, or its owner removes or bans him, and he comes back a little later. */
function createMoves({ members, owner, movers, rooms, random }: MoveOptions) {
  const underWay = new Map<string, Promise<void>>();
  const failures: Error[] = [];
  const hurry = new AbortController();
  let count = 0;

  const go = async (person: Person, room: string): Promise<void> => {
    const devices = members.filter((member) => member.person === person);
    for (const device of devices) device.left(room);
    const ban = random.chance(banShare) ? `/v1/rooms/${room}/bans/${person.id}` : undefined;
    if (ban !== undefined) await settled(owner, 'PUT', ban);
    else if (random.chance(removalShare)) await settled(owner, 'DELETE', `/v1/rooms/${room}/members/${person.id}`);
    else await settled(person, 'POST', `/v1/rooms/${room}/leave`);
    const pauseMs = random.between(awayMs.least, awayMs.most);
    if (!hurry.signal.aborted) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (ban !== undefined) await settled(owner, 'DELETE', ban);
    await settled(person, 'POST', `/v1/rooms/${room}/join`);
    for (const device of devices) device.returned(room);
    count += 2;
  };

  return {
    count: () => count,
    someoneGoes: (): void => {
      const person = random.pick(movers);
      const room = random.pick(rooms).id;
      const key = `${person.id} ${room}`;
      if (underWay.has(key)) return;
      underWay.set(
        key,
        go(person, room)
          .catch((error: Error) => void failures.push(error))
          .finally(() => underWay.delete(key)),
      );
    },
    allBack: async (): Promise<void> => {
      hurry.abort();
      await Promise.all(underWay.values());
      if (failures[0] !== undefined) throw failures[0];
    },
  };
}

const restDeadlineMs = 90_000;

/** Until it is answered for good; nobody may be there to answer for a while. */
async function settled(person: Person, method: string, path: string): Promise<void> {
  const end = Date.now() + restDeadlineMs;
  for (let status = 0; Date.now() < end; ) {
    status = await person.ask(method, path).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status >= 200 && status < 500 && status !== 429) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${path} was not answered in ${restDeadlineMs} ms`);
}
