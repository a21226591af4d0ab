import type { Static, TObject, TSchema } from 'typebox';
import type { Scope } from './scopes.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * One command as clients know it, by whatever way they ask. REST puts the parameters that the path names into the path, the
 * others into the body, or into the query of GET and DELETE; a socket sends all of them as `p` of `call`.
 */
export interface Contract {
  readonly method: Method;
  /** Below `/v1`; `:name` stands for the parameter of that name. */
  readonly path: string;
  readonly tag: Tag;
  /** The listener that serves it; absent: the public one. What is only for admins no `call` reaches either. */
  readonly door?: 'admin';
  readonly summary: string;
  readonly description?: string;
  readonly parameters: TObject;
  /** Absent: there is nothing to say but that it is done. */
  readonly answer?: TSchema;
  /** Path of what it makes, `:name` standing for a field of the answer. */
  readonly makes?: string;
  /** `none`: for who has no session. `optional`: for both. Only who has one can ask over a socket. */
  readonly session?: 'none' | 'optional';
  /** For who holds the session or knows the password himself: no API key stands for him. */
  readonly personal?: true;
  /** What an API key needs for it, where that is not what its tag and method say. */
  readonly scope?: Scope;
  /** Costs a password hash or a mail: bounded more tightly. */
  readonly costly?: true;
  /** More of the answer changes than its `version` tells: the `ETag` is good for `If-Match` only. */
  readonly live?: true;
  /** Most bytes of its body, where it is larger than others: by REST only, no frame is that long. */
  readonly bodyBytes?: number;
  readonly example?: Example;
}

export interface Example {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly answer?: unknown;
}

export type Door = 'public' | 'admin';

export const tags = {
  auth: 'Sign-up, log-in, sessions and tokens',
  me: 'My account',
  users: 'Other users',
  rooms: 'Rooms',
  members: 'Who is in a room, and as what',
  messages: 'Messages and history',
  files: 'Files and images',
  admin: 'What only admins may',
} as const;

export type Tag = keyof typeof tags;

export type ParametersOf<C extends Contract> = Static<C['parameters']>;
/** What carrying it out comes to. */
export type OutcomeOf<C extends Contract> = C extends { readonly answer: infer A extends TSchema }
  ? Promise<Static<A>>
  : Promise<void>;

/** Keeps what is special of each contract in its type. */
export const contracts = <T extends Readonly<Record<string, Contract>>>(table: T): T => table;
