import { type Commands, decodeEvent, type RoomLog } from '@gapless/shared/bus';
import { Failure } from '@gapless/shared/errors';
import type { RoomId } from '@gapless/shared/schema';

/** Messages that others answer or quote. */
export interface NamedMessages {
  /**
   * Sequence of the message that begins the thread in which this one stands: its own where it answers none. A deleted
   * message keeps its place. Rejects with `not_found` for what is no message of that room.
   */
  rootOf(room: RoomId, seq: number): Promise<number>;
}

/** What a message answers never changes, so that what was read once holds. */
const remembered = 10_000;

export function createNamedMessages(deps: {
  log: Pick<RoomLog, 'read'>;
  commands: Pick<Commands, 'call'>;
}): NamedMessages {
  const { log, commands } = deps;
  const roots = new Map<string, number>();

  /** The log first: chat goes on without MongoDB. */
  async function look(room: RoomId, seq: number): Promise<number | undefined> {
    const logged = await log.read(room, seq);
    if (logged === undefined)
      return ((await commands.call('messages.root', { r: room, m: seq })) as Root).root ?? undefined;
    const event = decodeEvent(logged.bytes);
    return event.t === 'msg' ? (event.re ?? seq) : undefined;
  }

  function remember(key: string, root: number): void {
    const [oldest] = roots.keys();
    if (roots.size >= remembered && oldest !== undefined) roots.delete(oldest);
    roots.set(key, root);
  }

  return {
    rootOf: async (room, seq) => {
      const key = `${room}:${seq}`;
      const root = roots.get(key) ?? (await look(room, seq));
      if (root === undefined) throw new Failure('not_found', { detail: 'No such message' });
      remember(key, root);
      return root;
    },
  };
}

/** What `messages.root` answers. */
interface Root {
  readonly root: number | null;
}
