import { type Faults, sumOfFaults } from './chain.ts';
import { LoadSocket, type LoadSocketDeps, type Seat } from './load-socket.ts';

const dialsAtOnce = 50;

/** Sockets that are open at once, by the room that they hear. */
export interface Crowd {
  readonly sockets: readonly LoadSocket[];
  /** In the order of their turns; empty are those that another process hears. */
  readonly rooms: ReadonlyMap<string, readonly LoadSocket[]>;
  /** A new run: `faults` are its own. */
  begin(): void;
  /** What any receiver found wrong since then, its room's end included. */
  faults(): Faults;
  close(): void;
}

export async function openCrowd(
  seats: readonly Seat[],
  names: readonly string[],
  deps: LoadSocketDeps,
): Promise<Crowd> {
  const sockets: LoadSocket[] = [];
  for (let at = 0; at < seats.length; at += dialsAtOnce) {
    const some = seats.slice(at, at + dialsAtOnce).map((seat) => LoadSocket.open(seat, deps));
    sockets.push(...(await Promise.all(some)));
  }
  const rooms = new Map(names.map((name): [string, LoadSocket[]] => [name, []]));
  for (const socket of sockets) {
    const { room } = socket.seat;
    if (room !== undefined) rooms.get(room)?.push(socket);
  }
  return {
    sockets,
    rooms,
    begin: () => {
      for (const inside of rooms.values()) {
        const head = headOf(inside);
        for (const socket of inside) socket.begin(head);
      }
    },
    faults: () => sumOfFaults([...rooms.values()].flatMap(faultsOf)),
    close: () => {
      for (const socket of sockets) socket.close();
    },
  };
}

/** The newest event that anybody in the room got is where all of them must be. */
const headOf = (inside: readonly LoadSocket[]): number => Math.max(...inside.map(({ last }) => last));

function faultsOf(inside: readonly LoadSocket[]): Faults[] {
  const head = headOf(inside);
  return inside.map((socket) => socket.faults(head));
}
