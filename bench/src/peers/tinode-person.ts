import { dial, type FrameSocket } from '../load/frame-socket.ts';
import { type Control, protocolVersion } from '../load/tinode.ts';

interface Answer extends Control {
  readonly topic?: string;
  readonly params?: { readonly token?: string };
}

const deadlineMs = 20_000;

/** Somebody with an account of Tinode's, who makes groups. */
export class TinodePerson {
  /** What he logs in with. */
  token = '';
  readonly #socket: FrameSocket;
  readonly #opened: Promise<void>;
  readonly #asked = new Map<string, { answer(control: Answer): void; fail(error: Error): void }>();
  #count = 0;

  private constructor(url: string) {
    const { socket, opened } = dial(url, '127.0.0.1', {
      text: (bytes, start, end) => this.#hear(JSON.parse(bytes.toString('utf8', start, end))),
      ended: (why) => {
        for (const { fail } of this.#asked.values()) fail(new Error(why));
      },
    });
    [this.#socket, this.#opened] = [socket, opened];
  }

  static async create(url: string, name: string): Promise<TinodePerson> {
    const person = new TinodePerson(url);
    await person.#opened;
    await person.#ask('hi', { ver: protocolVersion });
    const secret = Buffer.from(`${name}:a password`).toString('base64');
    const { params } = await person.#ask('acc', {
      ...{ user: `new${name}`, scheme: 'basic', secret, login: true },
      desc: { public: { fn: name } },
    });
    person.token = params?.token ?? '';
    return person;
  }

  /** Its name. */
  async createGroup(): Promise<string> {
    const { topic } = await this.#ask('sub', { topic: 'new', set: { desc: { public: { fn: 'a group' } } } });
    return topic ?? '';
  }

  close(): void {
    this.#socket.close();
  }

  #ask(kind: string, message: object): Promise<Answer> {
    const id = String(++this.#count);
    return new Promise((answer, reject) => {
      const timer = setTimeout(() => reject(new Error(`Tinode does not answer ${kind}`)), deadlineMs);
      const settle = (then: () => void) => {
        clearTimeout(timer);
        this.#asked.delete(id);
        then();
      };
      this.#asked.set(id, {
        answer: (control) =>
          settle(() => (control.code < 300 ? answer(control) : reject(new Error(`${kind}: ${control.text}`)))),
        fail: (error) => settle(() => reject(error)),
      });
      this.#socket.send(JSON.stringify({ [kind]: { id, ...message } }));
    });
  }

  #hear({ ctrl }: { readonly ctrl?: Answer }): void {
    if (ctrl?.id !== undefined) this.#asked.get(ctrl.id)?.answer(ctrl);
  }
}
