import type { Dialect } from '../stack.ts';
import { centrifugo } from './centrifugo.ts';
import { plain } from './plain.ts';
import { socketIo } from './socket-io.ts';
import { tinode } from './tinode.ts';

/** What a client hears, whatever is around it on the wire. `bytes` are valid until the call returns. */
export interface Heard {
  /** The server waits for `hello`. */
  greeted(): void;
  event(bytes: Buffer, start: number, end: number): void;
  acknowledged(i: number): void;
  /** Everything that is rare. */
  frame(frame: RareFrame): void;
  /** What the dialect itself has to say, at once. */
  reply(text: string): void;
}

export interface RareFrame {
  readonly t: string;
  readonly u?: string;
  readonly s?: number;
  readonly i?: number;
  readonly code?: string;
  readonly retry?: number;
}

/** How the frames of a dialect stand on the wire. Keeps nothing: one for all sockets. */
export interface Wrapping {
  /** Whether events say which came before them. */
  readonly numbered: boolean;
  /** Whether the client begins; else the server greets. */
  readonly clientBegins: boolean;
  /** Whether events say in which room they are. */
  readonly addressed: boolean;
  /** Frame by frame; of who hears no room without one. */
  hello(token: string, room: string | undefined): readonly string[];
  /** `asked`: whether the sender wants to be told. */
  send(frame: string, i: number, asked: boolean): string;
  read(bytes: Buffer, start: number, end: number, heard: Heard): void;
}

export const wrappings: Readonly<Record<Dialect, Wrapping>> = { plain, 'socket.io': socketIo, centrifugo, tinode };
