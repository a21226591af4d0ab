import { type CloseReason, Failure } from '@gapless/shared/errors';
import type { ClientFrameOf, Limits, ServerFrameOf } from '@gapless/shared/protocol';
import type { Clock } from '@gapless/shared/runtime';
import type { RoomAccess, RoomId } from '@gapless/shared/schema';
import type { AccessTokens, Identity } from '../access-token.ts';
import type { Heads, LiveSockets } from '../live-sockets.ts';
import type { RoomAccessCache } from '../room-access.ts';
import type { Session } from '../session.ts';
import type { SessionRegistry } from '../session-registry.ts';
import type { Handler } from './index.ts';

export interface HelloDeps {
  readonly tokens: AccessTokens;
  readonly access: RoomAccessCache;
  readonly registry: SessionRegistry;
  readonly liveSockets: Pick<LiveSockets, 'follow' | 'heads' | 'announce' | 'stop'>;
  readonly limits: Limits;
  readonly generation: () => string | undefined;
  readonly clock: Clock;
}

type HelloFrame = ClientFrameOf<'hello'>;
type MyRooms = ReadonlyMap<RoomId, RoomAccess>;

const roomsPerPage = 100;

/** Everything that can fail comes before `hi`; from `hi` on the rooms are live, without a moment between. */
export function createHello(deps: HelloDeps): Handler<'hello'> {
  const { access, registry, liveSockets } = deps;

  const greet = async (session: Session, frame: HelloFrame, identity: Identity): Promise<void> => {
    const gen = deps.generation();
    if (gen === undefined) throw new Failure('log_unavailable');
    const mine = await access.load(identity.user);
    const wanted = wantedRooms(frame.rooms, mine);
    await liveSockets.follow(session, wanted);
    try {
      const heads = await liveSockets.heads([...mine.keys()]);
      if (session.phase !== 'greeting') return;
      welcome(session, frame, { mine, wanted, heads, gen });
    } catch (error) {
      for (const room of wanted) liveSockets.stop(session, room);
      throw error;
    }
  };

  const welcome = (
    session: Session,
    { i }: HelloFrame,
    { mine, wanted, heads, gen }: { mine: MyRooms; wanted: readonly RoomId[]; heads: Heads; gen: string },
  ): void => {
    session.greeted();
    registry.settled(session);
    session.socket.cork(() => {
      session.send(hiFrame(deps, session, i, gen));
      for (const page of roomPages(mine, heads)) session.send(page);
      liveSockets.announce(session, wanted, heads);
    });
  };

  return async (session, frame) => {
    const identity = identify(deps.tokens, session, frame);
    session.greet(identity);
    if (!registry.enter(identity.user, session)) return session.close('too_many_devices');
    try {
      await greet(session, frame, identity);
    } catch (error) {
      registry.withdraw(identity.user, session);
      session.greetingRefused(reasonFor(error));
      throw error;
    }
  };
}

function identify(tokens: AccessTokens, session: Session, { tok }: HelloFrame): Identity {
  const identity = tok === undefined ? session.identity : tokens.verify(tok);
  if (identity !== undefined) return identity;
  if (tok !== undefined) session.greetingRefused('unauthenticated');
  throw new Failure('token_required');
}

/** Without a word about rooms, all of them. */
function wantedRooms(rooms: HelloFrame['rooms'], mine: MyRooms): RoomId[] {
  if (rooms === 'none') return [];
  if (rooms === undefined || rooms === 'all') return [...mine.keys()];
  if (rooms.some((room) => !mine.has(room))) throw new Failure('not_member');
  return [...new Set(rooms)];
}

/** Who could not be served may come back; who may not be here must not. */
const reasonFor = (error: unknown): CloseReason =>
  error instanceof Failure && error.code === 'not_member' ? 'no_hello' : 'try_later';

function hiFrame(
  { limits, clock }: HelloDeps,
  session: Session,
  i: number | undefined,
  gen: string,
): ServerFrameOf<'hi'> {
  const { frame, text, rooms, idle } = limits;
  return {
    t: 'hi',
    ...(i === undefined ? {} : { i }),
    v: 1,
    sid: session.sid,
    u: session.user,
    now: clock.now(),
    lim: { frame, text, rooms, idle },
    caps: [],
    gen,
  };
}

function roomPages(mine: MyRooms, heads: Heads): ServerFrameOf<'rooms'>[] {
  const entries = [...mine].map(([r, { role }]) => ({ r, head: heads.get(r) ?? 0, role }));
  const pages: ServerFrameOf<'rooms'>[] = [];
  for (let at = 0; at === 0 || at < entries.length; at += roomsPerPage) {
    const more = at + roomsPerPage < entries.length;
    pages.push({ t: 'rooms', rs: entries.slice(at, at + roomsPerPage), ...(more ? { more: 1 as const } : {}) });
  }
  return pages;
}
