/** A reason not to start, or to stop, that is told to whoever typed the command: one sentence, no stack. */
export class Refusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refusal';
  }
}
