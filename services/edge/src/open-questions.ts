/** What is asked about for a socket while its client may still take it back. */
export class OpenQuestions<T> {
  #open: Set<Set<T>> | undefined;

  /** Until what is returned is called, what is taken back goes out of the set. */
  open(about: Set<T>): () => void {
    this.#open ??= new Set();
    this.#open.add(about);
    return () => void this.#open?.delete(about);
  }

  takeBack(one: T): void {
    for (const about of this.#open ?? []) about.delete(one);
  }
}
