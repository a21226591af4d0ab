import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from './frame-rules.ts';
import { Peer, Violation } from './peer.ts';
import type { Answered } from './wire.ts';

export interface Target {
  /** Of the WebSocket. */
  readonly url: string;
  /** Access tokens of different users. */
  readonly tokens: readonly string[];
}

/** What a case has at hand. Everything that it opens is closed at its end. */
export interface World {
  readonly target: Target;
  /** A connection that has said nothing. */
  raw(opening?: { protocols?: readonly string[]; headers?: Readonly<Record<string, string>> }): Promise<Peer>;
  /** How a handshake is refused; `undefined` when it is not. */
  refusal(opening: {
    protocols?: readonly string[];
    headers?: Readonly<Record<string, string>>;
  }): Promise<Answered | undefined>;
  /** A user's session, greeted. */
  user(n: number, hello?: object): Promise<Peer>;
  /** A new room, with these users as members; nothing of it is live yet. */
  room(...users: number[]): Promise<string>;
  tokenOf(n: number): string;
  idOf(n: number): string;
  /** Breaches of what holds for every frame. */
  breaches(): readonly string[];
  /** What came about, in the words of `promises.ts`. */
  seen(): ReadonlySet<string>;
  end(): void;
}

const enteredMs = 10_000;
/** Frames a second that no limit forbids. */
const paceMs = 50;

export function createWorld(target: Target): World {
  const peers: Peer[] = [];

  const raw: World['raw'] = async (opening = {}) => {
    const peer = await Peer.open({ url: target.url, ...opening });
    peers.push(peer);
    return peer;
  };
  const tokenOf = (n: number): string => {
    const token = target.tokens[n];
    if (token === undefined) throw new Error(`needs the tokens of ${n + 1} users`);
    return token;
  };
  const idOf = (n: number): string => {
    const claims: unknown = JSON.parse(Buffer.from(tokenOf(n).split('.')[1] ?? '', 'base64url').toString());
    return (claims as { sub: string }).sub;
  };
  const user: World['user'] = async (n, hello = { rooms: 'none' }) => {
    const peer = await raw();
    const hi = await peer.request({ t: 'hello', tok: tokenOf(n), ...hello });
    if (hi.t !== 'hi') throw new Violation(`hello is answered by ${JSON.stringify(hi)}`);
    return peer;
  };

  return {
    target,
    raw,
    async refusal(opening) {
      const peer = new Peer();
      peers.push(peer);
      return peer.tryOpen({ url: target.url, ...opening });
    },
    user,
    tokenOf,
    idOf,
    async room(...users) {
      const owner = await user(users[0] ?? 0);
      const { id } = result(await owner.request({ t: 'call', m: 'rooms.create', p: { name: 'conformance' } }));
      for (const other of users.slice(1)) {
        const peer = await user(other);
        result(await peer.request({ t: 'call', m: 'rooms.join', p: { room: id } }));
        await enter(peer, id as string);
        peer.drop();
      }
      await enter(owner, id as string);
      owner.drop();
      await sleep(paceMs);
      return id as string;
    },
    breaches: () => peers.flatMap(({ breaches }) => breaches),
    seen: () => new Set(peers.flatMap(({ seen }) => [...seen])),
    end: () => {
      for (const peer of peers) peer.drop();
    },
  };
}

/** Edges of a busy installation hear of a membership a moment after the answer to what began it. */
async function enter(peer: Peer, room: string): Promise<void> {
  for (const end = Date.now() + enteredMs; ; await sleep(paceMs)) {
    const answer = await peer.request({ t: 'join', rs: [room] });
    if (answer.t === 'ok') return;
    if (answer['code'] !== 'not_member' || Date.now() > end) {
      throw new Violation(`join is answered by ${JSON.stringify(answer)}`);
    }
  }
}

/** What a `call` answered. */
export function result(answer: Frame): Readonly<Record<string, unknown>> {
  if (answer.t !== 'ok') throw new Violation(`a call is answered by ${JSON.stringify(answer)}`);
  return (answer['res'] ?? {}) as Readonly<Record<string, unknown>>;
}

/** What a command of the api answers over this socket. */
export const call = async (
  peer: Peer,
  name: string,
  parameters: object = {},
): Promise<Readonly<Record<string, unknown>>> => result(await peer.request({ t: 'call', m: name, p: parameters }));

export const clientId = (): string => randomUUID().replaceAll('-', '');

/** The sequence under which it was stored. */
export async function say(peer: Peer, room: string, said: string | object, more: object = {}): Promise<number> {
  const body = typeof said === 'string' ? { text: said } : said;
  const answer = await peer.request({ t: 'send', r: room, c: clientId(), b: body, ...more });
  if (answer.t !== 'ok') throw new Violation(`a send is answered by ${JSON.stringify(answer)}`);
  return answer['s'] as number;
}

/** A user's session on which the room is live. */
export async function following(world: World, n: number, room: string): Promise<Peer> {
  const peer = await world.user(n);
  const answer = await peer.request({ t: 'join', rs: [room] });
  if (answer.t !== 'ok') throw new Violation(`join is answered by ${JSON.stringify(answer)}`);
  return peer;
}

export const eventsOf = (peer: Peer, room: string): Frame[] =>
  peer.frames.filter((frame) => frame['r'] === room && 'p' in frame && 's' in frame);
