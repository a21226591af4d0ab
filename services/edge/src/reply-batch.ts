import type { Socket } from './socket.ts';

/** As many as uWebSockets.js lets wait of what is published: what a socket does not take must show before much more is made. */
const most = 32;
/** Of one frame behind others, likewise: all leave with a larger one. */
const mostBytes = 16 * 1024;

/**
 * Replies of one loop turn leave together: acknowledgements come back from the log in bunches, and one system call a
 * socket is far cheaper than one a reply. So do events of rooms that have no topic.
 */
export class ReplyBatch {
  readonly #waiting = new Map<Socket, (string | Uint8Array)[]>();
  #scheduled = false;

  push(socket: Socket, frame: string | Uint8Array): void {
    const frames = this.#waiting.get(socket);
    if (frames === undefined) this.#waiting.set(socket, [frame]);
    else if (frames.push(frame) >= most || frame.length >= mostBytes) this.flush(socket);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flushAll());
  }

  /** For what must not overtake the replies that wait. */
  flush(socket: Socket): void {
    const frames = this.#waiting.get(socket);
    if (frames === undefined) return;
    this.#waiting.delete(socket);
    socket.cork(() => {
      for (const frame of frames) socket.send(frame);
    });
  }

  forget(socket: Socket): void {
    this.#waiting.delete(socket);
  }

  #flushAll(): void {
    this.#scheduled = false;
    for (const socket of [...this.#waiting.keys()]) this.flush(socket);
  }
}
