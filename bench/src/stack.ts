import type { Population } from './scenarios/population.ts';

/** What can be loaded with the same clients: ours, a floor, or what people use today. All of it runs. */
export interface Stack {
  readonly name: string;
  readonly version: string;
  /** Its servers; the sockets are spread over them. */
  readonly urls: readonly string[];
  readonly population: Population;
  readonly dialect: Dialect;
  /** Whether it answers a send, and from when on: what the acknowledgement means. */
  readonly acknowledges: boolean;
  /** Servers are what faces the sockets, brokers what carries and stores between them; looked up anew each time. */
  readonly pids: {
    readonly servers: readonly number[];
    readonly brokers: readonly number[];
    readonly others: readonly number[];
  };
}

/** How frames are wrapped on the wire; inside they are the same for everybody. */
export type Dialect = 'plain' | 'socket.io' | 'centrifugo' | 'tinode';
