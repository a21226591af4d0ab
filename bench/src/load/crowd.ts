import { type Faults, noFaults } from './chain.ts';
import { LoadSocket, type LoadSocketDeps, type Seat } from './load-socket.ts';

const dialsAtOnce = 50;

/** Sockets that are open at once, by the room that they hear. */
export interface Crowd {
  readonly sockets: readonly LoadSocket[];
  readonly rooms: ReadonlyMap<string, readonly LoadSocket[]>;
  /** A new run: `faults` are its own. */
  begin(): void;
  /** What any receiver found wrong since then, its room's end included. */
  faults(): Faults;
  close(): void;
}

export async function openCrowd(seats: readonly Seat[], deps: LoadSocketDeps): Promise<Crowd> {
  const sockets: LoadSocket[] = [];
  for (let at = 0; at < seats.length; at += dialsAtOnce) {
    const some = seats.slice(at, at + dialsAtOnce).map((seat) => LoadSocket.open(seat, deps));
    sockets.push(...(await Promise.all(some)));
  }
  const rooms = new Map<string, LoadSocket[]>();
  for (const socket of sockets) {
    const { room = '' } = socket.seat;
    const inside = rooms.get(room);
    if (inside === undefined) rooms.set(room, [socket]);
    else inside.push(socket);
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
    faults: () => sum([...rooms.values()].flatMap(faultsOf)),
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

function sum(all: readonly Faults[]): Faults {
  const total = noFaults();
  for (const { lost, doubled, swapped, broken } of all) {
    total.lost += lost;
    total.doubled += doubled;
    total.swapped += swapped;
    total.broken += broken;
  }
  return total;
}
