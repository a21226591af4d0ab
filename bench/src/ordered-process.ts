import { fork } from 'node:child_process';

/** A process of this project that does as it is told, over Node's channel, and ends with whoever tells it. */
export interface OrderedProcess<O extends object, A extends { readonly say: string }> {
  readonly pid: number;
  /** Resolves with what `take` makes of an answer, once it makes something of one. */
  ask<T>(order: O, take: (answer: A) => T | undefined): Promise<T>;
  tell(order: O): void;
  /** The first answer of one that speaks unasked. */
  first(): Promise<A>;
  close(): void;
}

export function startOrdered<O extends object, A extends { readonly say: string }>(
  name: string,
  script: string,
): OrderedProcess<O, A> {
  // Figures that are none must arrive as such: JSON has no NaN.
  const child = fork(script, { serialization: 'advanced' });
  let heard: (answer: A) => void = () => undefined;
  let failed: (error: Error) => void = () => undefined;
  child.on('message', (answer: A) => heard(answer));
  child.once('exit', (code, signal) => failed(new Error(`the ${name} ended (${signal ?? `code ${code}`})`)));

  const until = <T>(take: (answer: A) => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      failed = reject;
      heard = (answer) => {
        if (answer.say === 'failed') return reject(new Error(`${name}: ${(answer as { why?: string }).why}`));
        const result = take(answer);
        if (result !== undefined) resolve(result);
      };
    });

  return {
    pid: child.pid as number,
    ask: (order, take) => {
      const answered = until(take);
      child.send(order);
      return answered;
    },
    tell: (order) => void child.send(order),
    first: () => until((answer) => answer),
    close: () => {
      failed = () => undefined;
      child.kill('SIGKILL');
    },
  };
}

/** For the process that is told: answers, and what it does when whoever tells it is gone. */
export function obeyOrders<O, A extends { readonly say: string }>(
  obey: (order: O, say: (answer: A) => void) => Promise<void>,
): void {
  const say = (answer: A | { say: 'failed'; why: string }): void => void process.send?.(answer);
  process.on('message', (order: O) => {
    obey(order, say).catch((error: Error) => say({ say: 'failed', why: error.message }));
  });
  process.once('disconnect', () => process.exit());
  // A Ctrl-C in the terminal reaches every process of the group: the one that orders decides.
  process.on('SIGINT', () => undefined);
}
