import { Failure } from '@gapless/shared/errors';

/** An edge as it says of itself. */
export interface EdgeView {
  readonly id: string;
  readonly host: string;
  readonly version: string;
  readonly since: number;
  readonly state: 'serving' | 'draining';
  readonly sockets: number;
  readonly users: number;
  readonly rooms: number;
}

export interface Edges {
  /** By their ids. Rejects while that cannot be told. */
  list(): readonly EdgeView[];
  /** Resolves once it drains, or is gone; may be repeated. */
  drain(edge: string): Promise<void>;
}

const askedAgainMs = 250;
const patienceMs = 3_000;

/** The word to an edge may be lost: it is said again until its reports show that it was heard. */
export function createEdges(deps: {
  list: () => readonly EdgeView[];
  order: (edge: string) => void;
  sleep: (ms: number) => Promise<void>;
}): Edges {
  const { list, order, sleep } = deps;
  const find = (id: string) => list().find((edge) => edge.id === id);
  return {
    list: () => [...list()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    async drain(id) {
      if (find(id) === undefined) throw new Failure('not_found', { detail: 'No such edge' });
      for (let waited = 0; waited < patienceMs; waited += askedAgainMs) {
        if (find(id)?.state !== 'serving') return;
        order(id);
        await sleep(askedAgainMs);
      }
      throw new Failure('fate_unknown', { detail: 'The edge has not said that it drains' });
    },
  };
}
