/**
 * An open loop: the i-th send is due at `t0 + i / rate`, whatever the server does meanwhile. What a stall held up is sent
 * as soon as that can be, under the time at which it was due.
 */
export class Schedule {
  readonly #t0Us: number;
  readonly #stepUs: number;
  #next = 0;

  constructor(options: { t0Us: number; perSecond: number }) {
    this.#t0Us = options.t0Us;
    this.#stepUs = 1e6 / options.perSecond;
  }

  takeDue(nowUs: number, send: (index: number, dueUs: number) => void): void {
    for (let dueUs = this.#due(); dueUs <= nowUs; dueUs = this.#due()) send(this.#next++, dueUs);
  }

  #due(): number {
    return this.#t0Us + this.#next * this.#stepUs;
  }
}
