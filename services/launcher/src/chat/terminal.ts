import { clearLine, createInterface, cursorTo, moveCursor } from 'node:readline';

/** A prompt that stays whole while others talk. */
export interface Terminal {
  say(text: string): void;
  /** What is typed or piped in, line by line, until its end, Ctrl-C or `stop`. */
  lines(): AsyncIterable<string>;
  stop(): void;
}

export function createTerminal(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Terminal {
  const interactive = input.isTTY === true && output.isTTY === true;
  const reader = createInterface({ input, output, prompt: '> ', terminal: interactive });
  reader.pause();
  let open = true;
  reader.on('close', () => {
    if (interactive) output.write('\n');
    open = false;
  });
  reader.on('SIGINT', () => reader.close());
  return {
    say(text) {
      if (interactive) {
        clearLine(output, 0);
        cursorTo(output, 0);
      }
      output.write(`${text}\n`);
      if (interactive && open) reader.prompt(true);
    },
    async *lines() {
      if (!open) return;
      // Before the first line can come: what is piped in must not pass unseen.
      const lines = reader[Symbol.asyncIterator]();
      reader.resume();
      if (interactive) reader.prompt();
      for await (const line of lines) {
        // Seen again, in its place, when it comes back from the room.
        if (interactive) {
          moveCursor(output, 0, -1);
          clearLine(output, 0);
          reader.prompt();
        }
        yield line;
      }
    },
    stop: () => reader.close(),
  };
}

const unprintable = /[^\P{Cc}\n]/gu;

/** `12:03:11 bob  hi`. What others write cannot steer the terminal. */
export function messageLine(at: number, name: string, text: string): string {
  const time = new Date(at).toTimeString().slice(0, 8);
  const shown = text.replaceAll(unprintable, '·').replaceAll('\n', `\n${' '.repeat(time.length + name.length + 3)}`);
  return `${time} ${name.replaceAll(unprintable, '·')}  ${shown}`;
}
