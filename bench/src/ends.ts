/** What a run started, ended in the reverse order; the shape of a test, as `@gapless/shared/testing` takes it. */
export interface Ends {
  teardown(work: () => Promise<void> | void): void;
  endAll(): Promise<void>;
}

export function createEnds(): Ends {
  const works: (() => Promise<void> | void)[] = [];
  return {
    teardown: (work) => void works.push(work),
    endAll: async () => {
      for (let work = works.pop(); work !== undefined; work = works.pop()) await work();
    },
  };
}
