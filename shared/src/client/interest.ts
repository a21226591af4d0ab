/** Which rooms are to be live, over all connections. */
export interface Interest {
  wants(room: string): boolean;
  /** `false`: it was wanted already. */
  add(room: string): boolean;
  drop(room: string): void;
  /** All of mine, with exceptions; else only those that were named. */
  readonly all: boolean;
  /** Those that were named. */
  joined(): readonly string[];
  /** The exceptions. */
  left(): readonly string[];
}

export function createInterest(rooms: 'all' | readonly string[]): Interest {
  const all = rooms === 'all';
  /** Of all my rooms the ones that I do not want, else the ones that I do. */
  const named = new Set<string>(all ? [] : rooms);
  const wants = (room: string): boolean => named.has(room) !== all;
  const turn = (room: string): void => {
    if (!named.delete(room)) named.add(room);
  };
  return {
    wants,
    add: (room) => {
      const news = !wants(room);
      if (news) turn(room);
      return news;
    },
    drop: (room) => {
      if (wants(room)) turn(room);
    },
    all,
    joined: () => (all ? [] : [...named]),
    left: () => (all ? [...named] : []),
  };
}
