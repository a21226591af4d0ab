import { type ClientOp, clientFrames } from './client-frames.ts';
import type { ServerOp } from './server-frames.ts';

/** `new`: nothing was said. `greeting`: `hello` is being answered. `ready`: `hi` has come. */
export const phases = ['new', 'greeting', 'ready'] as const;
export type OpenPhase = (typeof phases)[number];

export interface OperationRules {
  /** When it is served; at any other time it is refused. */
  readonly servedIn: readonly OpenPhase[];
  /** Frames that answer it, where it is not refused by `err`. */
  readonly answers: readonly ServerOp[];
}

const usual: OperationRules = { servedIn: ['ready'], answers: ['ok'] };

const special: { readonly [T in ClientOp]?: Partial<OperationRules> } = {
  hello: { servedIn: ['new'], answers: ['hi', 'rooms', 'live', 'lag', 'removed'] },
  join: { answers: ['ok', 'live', 'lag', 'removed'] },
  hist: { answers: ['hist'] },
  watch: { answers: ['pres', 'ok'] },
  ping: { servedIn: phases, answers: ['pong'] },
};

/** When each operation is served, and what answers it: for documents, and for the tests that hold edges to them. */
export const operations = Object.fromEntries(
  Object.keys(clientFrames).map((op) => [op, { ...usual, ...special[op as ClientOp] }]),
) as { readonly [T in ClientOp]: OperationRules };

/** Code of the refusal in a phase in which it is not served. */
export const refusedAs = (op: ClientOp): 'conflict' | 'unauthenticated' =>
  op === 'hello' ? 'conflict' : 'unauthenticated';
