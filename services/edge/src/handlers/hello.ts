import { type CloseReason, errorCodes, Failure } from '@gapless/shared/errors';
import type { Limits, ServerFrameOf } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import { bareId, inboxOf, type RoomAccess, type RoomId } from '@gapless/shared/schema';
import type { Identity } from '../access-token.ts';
import { createHelloParts, type HelloFrame } from '../hello-parts.ts';
import type { KnownTokens } from '../known-tokens.ts';
import type { Heads, LiveSockets, Resumed } from '../live-sockets.ts';
import type { MembershipNews } from '../membership-news.ts';
import type { Notes } from '../notes.ts';
import type { ReadCursor, ReadCursors } from '../read-cursors.ts';
import type { Revoked } from '../revoked.ts';
import type { RoomAccessCache } from '../room-access.ts';
import type { Session } from '../session.ts';
import type { SessionRegistry } from '../session-registry.ts';
import type { Handler } from './operation.ts';

export interface HelloDeps {
  readonly tokens: Pick<KnownTokens, 'identify'>;
  readonly revoked: Pick<Revoked, 'covers'>;
  readonly access: RoomAccessCache;
  readonly registry: SessionRegistry;
  readonly liveSockets: Pick<
    LiveSockets,
    'follow' | 'inOwnTime' | 'heads' | 'reached' | 'announce' | 'resume' | 'stop'
  >;
  readonly membershipNews: Pick<MembershipNews, 'complete' | 'again'>;
  readonly readCursors: ReadCursors;
  readonly notes: Pick<Notes, 'greeted'>;
  readonly limits: Limits;
  readonly generation: () => string | undefined;
  readonly clock: Clock;
}

type MyRooms = ReadonlyMap<RoomId, RoomAccess>;
type Cursors = ReadonlyMap<RoomId, number>;
/** How far I have read; `undefined` when that cannot be told now. */
type Read = ReadonlyMap<RoomId, ReadCursor> | undefined;

/** What a `hello` that was taken comes down to. */
interface Greeting {
  readonly i: number | undefined;
  readonly gen: string;
  readonly mine: MyRooms;
  readonly wanted: readonly RoomId[];
  readonly cursors: Cursors;
  readonly inbox: RoomId;
}

interface Welcome {
  readonly replayed: Promise<void>;
}

const roomsPerPage = 100;

/** Everything that can fail comes before `hi`; from `hi` on the rooms are live, without a moment between, or replayed. */
export function createHello(deps: HelloDeps): Handler<'hello'> {
  const { access, registry, liveSockets } = deps;
  const parts = createHelloParts();

  /** Resolves, once `hi` was said, with what tells when all is replayed. */
  const greet = async (session: Session, frame: HelloFrame, identity: Identity): Promise<Welcome | undefined> => {
    const gen = deps.generation();
    if (gen === undefined) throw new Failure('log_unavailable');
    const { user } = identity;
    const loaded = await access.load(user);
    const wanted = wantedRooms(frame.rooms, loaded);
    const inbox = inboxOf(user);
    const unheard = [...wanted, inbox].some((room) => !access.hears(room));
    const reading = deps.readCursors.of(user, [...loaded.keys(), bareId(inbox)]);
    await liveSockets.follow(session, [...wanted, inbox]);
    // The user of a socket that has closed is forgotten, and stays so.
    if (session.phase !== 'greeting') return undefined;
    try {
      // A membership that ended before the room was heard ends here, and one that began before the inbox was begins.
      if (unheard) await access.load(user);
      const heads = await liveSockets.heads([...access.known(user).keys()]);
      const read = await reading;
      const membership = (room: RoomId) => access.membership(user, room);
      // One join that is not in the log yet must not keep him from all of his rooms.
      const giveUp = (rooms: readonly RoomId[]) => {
        for (const room of rooms) liveSockets.stop(session, room);
      };
      const enter = (): Welcome | undefined => {
        if (session.phase !== 'greeting') return undefined;
        const mine = access.known(user);
        const greeting = { i: frame.i, gen, mine, wanted, cursors: cursorsOf(frame, gen, inbox), inbox };
        session.followsAll = followsAll(frame);
        welcome(session, greeting, heads, read);
        if (frame.notes === 1) deps.notes.greeted(session, read);
        return { replayed: liveSockets.resume(session, resume(greeting)) };
      };
      return await liveSockets.inOwnTime(wanted, membership, enter, giveUp);
    } catch (error) {
      for (const room of [...wanted, inbox]) liveSockets.stop(session, room);
      throw error;
    }
  };

  const welcome = (session: Session, greeting: Greeting, heads: Heads, read: Read): void => {
    const { i, gen, mine, wanted, cursors, inbox } = greeting;
    session.greeted();
    registry.settled(session);
    session.socket.cork(() => {
      session.send(
        hiFrame(deps, session, { i, gen, inbox: liveSockets.reached(inbox), seen: read?.get(bareId(inbox))?.read }),
      );
      for (const page of roomPages(mine, heads, read)) session.send(page);
      const named = new Set([...cursors.keys(), ...wanted]);
      for (const room of named) if (room !== inbox && !mine.has(room)) session.send({ t: 'removed', r: room });
      liveSockets.announce(
        session,
        [...wanted, inbox].filter((room) => !cursors.has(room)),
      );
    });
    // He was out and is in again while others were waited for, or his join is not in the log yet.
    for (const room of wanted) if (mine.has(room)) deps.membershipNews.again(session, room, cursors.get(room));
  };

  const resume = ({ mine, wanted, cursors, inbox }: Greeting): Resumed[] =>
    [...wanted, inbox].flatMap((room) => {
      const [membership, cursor] = [room === inbox ? whole : mine.get(room), cursors.get(room)];
      return membership === undefined || cursor === undefined ? [] : [{ room, cursor, membership }];
    });

  return async (session, part) => {
    const frame = parts.gather(session, part);
    let identity: Identity;
    try {
      const found = identify(deps, session, frame);
      identity = found instanceof Promise ? await whileNew(session, found) : found;
    } catch (error) {
      // Cursors are kept behind a token that is good, or that nobody can judge now: the next part asks again.
      if (!mayComeBack(error)) parts.forget(session, frame);
      throw error;
    }
    if (part.more === 1) return;
    parts.forget(session);
    session.here = frame.here ?? 'online';
    session.greet(identity);
    if (!registry.enter(identity.user, session)) return session.close('too_many_devices');
    let welcomed: Welcome | undefined;
    try {
      welcomed = await greet(session, frame, identity);
    } catch (error) {
      registry.withdraw(identity.user, session);
      session.greetingRefused(reasonFor(error));
      throw error;
    }
    if (welcomed === undefined) return;
    deps.membershipNews.complete(session);
    await welcomed.replayed;
  };
}

/** Of his inbox a user sees all. */
const whole = { since: 0 };

/** Numbers of another generation mean nothing here. */
function cursorsOf({ since = {}, inbox: seen, gen }: HelloFrame, current: string, inbox: RoomId): Cursors {
  if (gen !== undefined && gen !== current) return new Map();
  const rooms = Object.entries(since) as [RoomId, number][];
  return new Map(seen === undefined ? rooms : [...rooms, [inbox, seen]]);
}

/** Waits for nobody but another issuer, or the api about a person of his. */
function identify(deps: HelloDeps, session: Session, { tok }: HelloFrame): Identity | Promise<Identity> {
  const token = tok ?? session.unjudged;
  const found = token === undefined ? session.identity : deps.tokens.identify(token);
  const judge = (identity: Identity | undefined): Identity => {
    // What came with the handshake may have been revoked since.
    if (identity !== undefined && !deps.revoked.covers(identity)) return identity;
    if (identity !== undefined || token !== undefined) session.greetingRefused('unauthenticated');
    throw new Failure('token_required');
  };
  return found instanceof Promise ? found.then(judge) : judge(found);
}

/** Of several that were asked for meanwhile one becomes the session's. */
async function whileNew(session: Session, found: Promise<Identity>): Promise<Identity> {
  session.greetingWaits();
  const identity = await found;
  if (session.phase !== 'new') throw new Failure('stale', { detail: 'The session has begun already' });
  return identity;
}

const mayComeBack = (error: unknown): boolean => error instanceof Failure && errorCodes[error.code].retry;

/** Without a word about rooms, all of them. */
const followsAll = ({ rooms = 'all' }: HelloFrame): boolean => rooms === 'all';

function wantedRooms(rooms: HelloFrame['rooms'], mine: MyRooms): RoomId[] {
  if (rooms === 'none') return [];
  if (rooms === undefined || rooms === 'all') return [...mine.keys()];
  if (rooms.some((room) => !mine.has(room))) throw new Failure('not_member');
  const named = new Set(rooms);
  // The strings of the memberships, not the frame's, which would be kept beside them.
  return [...mine.keys()].filter((room) => named.has(room));
}

/** Who could not be served may come back; who may not be here must not. */
const reasonFor = (error: unknown): CloseReason =>
  error instanceof Failure && error.code === 'not_member' ? 'no_hello' : 'try_later';

function hiFrame(
  { limits, clock }: HelloDeps,
  session: Session,
  { i, gen, inbox, seen }: { i: number | undefined; gen: string; inbox: number; seen: number | undefined },
): ServerFrameOf<'hi'> {
  return {
    t: 'hi',
    ...(i === undefined ? {} : { i }),
    v: 1,
    sid: session.sid,
    u: session.user,
    now: clock.now(),
    lim: limits,
    caps: [],
    gen,
    inbox,
    ...(seen === undefined ? {} : { seen }),
  };
}

function roomPages(mine: MyRooms, heads: Heads, read: Read): ServerFrameOf<'rooms'>[] {
  const entries = [...mine].map(([r, { role }]) => {
    return { r, head: heads.get(r) ?? 0, role, ...read?.get(r) };
  });
  const pages: ServerFrameOf<'rooms'>[] = [];
  for (let at = 0; at === 0 || at < entries.length; at += roomsPerPage) {
    const more = at + roomsPerPage < entries.length;
    pages.push({ t: 'rooms', rs: entries.slice(at, at + roomsPerPage), ...(more ? { more: 1 as const } : {}) });
  }
  return pages;
}
