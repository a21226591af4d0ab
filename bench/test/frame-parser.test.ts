import t from 'tap';
import { FrameParser, maxFrameBytes } from '../src/load/frame-parser.ts';
import { closeFrame, frameOf, pingFrame, textFrame } from './server-frames.ts';

/** What a parser said of a stream that came in these pieces. */
function heard(...pieces: Buffer[]): string[] {
  const said: string[] = [];
  const parser = new FrameParser({
    text: (bytes, start, end) => said.push(`text ${bytes.toString('utf8', start, end)}`),
    ping: (payload) => said.push(`ping ${payload}`),
    closed: (code) => said.push(`closed ${code}`),
    broken: (why) => said.push(`broken: ${why}`),
  });
  for (const piece of pieces) {
    parser.feed(piece);
    // The memory that was read into is used again.
    piece.fill(0xff);
  }
  return said;
}

const frames = ['', 'hi', 'x'.repeat(125), 'y'.repeat(126), '안녕 👋', 'z'.repeat(70_000)];
const stream = () => Buffer.concat([...frames.map(textFrame), pingFrame('are you there'), closeFrame(4011)]);
const expected = [...frames.map((text) => `text ${text}`), 'ping are you there', 'closed 4011'];

t.test('frames of every length come out of one chunk', async (t) => {
  t.strictSame(heard(stream()), expected);
});

t.test('a stream that is cut at any byte says the same', async (t) => {
  const short = () => Buffer.concat([...frames.slice(0, 5).map(textFrame), pingFrame('p'), closeFrame(1000)]);
  const whole = heard(short());
  for (let at = 0; at <= short().length; at++) {
    const bytes = short();
    t.strictSame(heard(Buffer.from(bytes.subarray(0, at)), Buffer.from(bytes.subarray(at))), whole, `cut at ${at}`);
  }
  t.strictSame(heard(...[...short()].map((byte) => Buffer.from([byte]))), whole, 'byte by byte');
});

t.test('any way to cut a stream says the same', async (t) => {
  for (let round = 0; round < 200; round++) {
    const random = randomFrom(round);
    const texts = Array.from({ length: 20 }, () => 'm'.repeat(Math.floor(random() ** 4 * 3_000)));
    const bytes = Buffer.concat(texts.map(textFrame));
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const next = at + 1 + Math.floor(random() ** 3 * 4_000);
      pieces.push(Buffer.from(bytes.subarray(at, next)));
      at = next;
    }
    t.strictSame(
      heard(...pieces),
      texts.map((text) => `text ${text}`),
      `seed ${round}`,
    );
  }
});

t.test('what no server here sends ends the stream with a reason', async (t) => {
  const broken: [string, Buffer][] = [
    ['a server does not mask', Buffer.from([0x81, 0x80, 0, 0, 0, 0])],
    ['reserved bits are set', Buffer.from([0xc1, 0x00])],
    ['a frame in pieces', Buffer.from([0x01, 0x00])],
    ['opcode 2', Buffer.from([0x82, 0x00])],
    ['a frame is too long', frameOf(0x81, Buffer.alloc(maxFrameBytes + 1))],
  ];
  for (const [why, bytes] of broken) {
    t.strictSame(heard(textFrame('before'), bytes, textFrame('after')), ['text before', `broken: ${why}`], why);
  }
});

t.test('random bytes neither throw nor keep more than a frame', async (t) => {
  for (let round = 0; round < 500; round++) {
    const random = randomFrom(round);
    const pieces = Array.from({ length: 10 }, () =>
      Buffer.from(Array.from({ length: 50 }, () => Math.floor(random() * 256))),
    );
    t.doesNotThrow(() => heard(...pieces), `seed ${round}`);
  }
});

/** The same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b1;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    state ^= state >>> 15;
    return (state >>> 0) / 2 ** 32;
  };
}
