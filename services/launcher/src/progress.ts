import type { Step } from '@gapless/shared/local';

export interface Progress {
  readonly step: Step;
  /** A line within the step at hand. */
  note(text: string): void;
}

const terminalMs = 1_000;
const plainMs = 10_000;

/** Each step says that it began, that it goes on, and how long it took. */
export function createProgress(out: NodeJS.WriteStream): Progress {
  const terminal = out.isTTY === true;
  const erase = terminal ? '\r\x1b[K' : '';
  const elapsed = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
  return {
    note: (text) => void out.write(`${erase}    ${text}\n`),
    async step(title, work) {
      const since = Date.now();
      const show = () =>
        void out.write(terminal ? `${erase}  … ${title} (${elapsed(since)})` : `  … ${title} (${elapsed(since)})\n`);
      if (terminal) show();
      const timer = setInterval(show, terminal ? terminalMs : plainMs);
      try {
        const result = await work();
        out.write(`${erase}  ✓ ${title} (${elapsed(since)})\n`);
        return result;
      } catch (error) {
        out.write(`${erase}  ✗ ${title} (${elapsed(since)})\n`);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
}
