import { closeCodes, errorCodes } from '@gapless/shared/errors';
import { type ServerOp, serverFrames } from '@gapless/shared/protocol';
import { sleep } from '@gapless/shared/runtime';
import { Compile } from 'typebox/compile';
import WebSocket from 'ws';
import type { MadeFrame } from './frames.ts';

/** WebSocket's own (a reset, text that is none, a frame too big for any buffer), and those of the table. */
const closes = new Set([1000, 1005, 1006, 1007, 1009, ...Object.values(closeCodes).map(({ code }) => code)]);
const validators = new Map(Object.entries(serverFrames).map(([op, schema]) => [op as ServerOp, Compile(schema)]));
/** Of what everybody in a room gets, one in so many is held against its schema. */
const eventsJudgedEach = 8;

/** A socket on which anything is said, and everything that comes back is judged. */
export class JudgedSocket {
  readonly faults: string[] = [];
  readonly outcomes = new Map<string, number>();
  closedWith: number | undefined;
  readonly #ws: WebSocket;
  /** By number what was said under it; a number may be said again. */
  readonly #expected = new Map<number, string[]>();
  readonly #allowed = new Map<number, string[]>();
  #events = 0;
  #answeredAt = 0;
  #enough = 0;
  #wake: (() => void) | undefined;

  constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('message', (data, isBinary) => this.#take(String(data), isBinary));
    ws.on('error', () => undefined);
    ws.on('close', (code) => {
      this.closedWith = code;
      this.#count(`close ${code}`);
      if (!closes.has(code)) this.faults.push(`closed with ${code}`);
      this.#wake?.();
    });
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  say({ data, binary, i, mustAnswer }: MadeFrame, parts = 1): void {
    if (i !== undefined) put(mustAnswer ? this.#expected : this.#allowed, i, String(data).slice(0, 400));
    this.#write(data, binary, parts);
  }

  /** Resolves when every number that must be answered is, or the socket is closed; what nobody answers is a fault. */
  async settled(silenceMs: number): Promise<void> {
    await this.until(0, silenceMs);
    if (!this.isOpen) return;
    for (const [i, frames] of this.#expected) this.faults.push(`no answer to ${i}: ${frames[0]}`);
    this.#expected.clear();
  }

  /** Resolves when no more than so many answers are missing, the socket is closed, or none came for that long. */
  async until(missing: number, silenceMs: number): Promise<void> {
    this.#answeredAt = Date.now();
    this.#enough = missing;
    while (this.#expected.size > missing && this.isOpen && Date.now() - this.#answeredAt < silenceMs) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async end(abruptly: boolean): Promise<void> {
    if (this.#ws.readyState === WebSocket.CLOSED) return;
    const closed = new Promise<void>((resolve) => this.#ws.once('close', () => resolve()));
    if (abruptly) this.#ws.terminate();
    else this.#ws.close();
    await closed;
  }

  #write(data: string | Buffer, binary: boolean, parts: number): void {
    const bytes = Buffer.from(data);
    const step = Math.max(1, Math.ceil(bytes.length / parts));
    for (let at = 0; at === 0 || at < bytes.length; at += step) {
      this.#ws.send(bytes.subarray(at, at + step), { binary, fin: at + step >= bytes.length });
    }
  }

  #take(text: string, isBinary: boolean): void {
    const frame = JSON.parse(text) as { t: ServerOp; i?: number; p?: number; code?: string };
    const { t, i, code } = frame;
    if (isBinary) this.faults.push('a binary frame');
    if (i === undefined && 'p' in frame && this.#events++ % eventsJudgedEach !== 0) return;
    const validator = validators.get(t);
    if (validator?.Check(frame) !== true) this.faults.push(`no frame of the protocol: ${text.slice(0, 300)}`);
    if (t === 'err' && !Object.hasOwn(errorCodes, code ?? '')) this.faults.push(`no code of the table: ${code}`);
    const about = i === undefined ? undefined : (taken(this.#expected, i) ?? taken(this.#allowed, i));
    if (code === 'internal') this.faults.push(`a bug: ${about ?? text}`);
    this.#count(t === 'err' ? `err ${code}` : t);
    if (i === undefined) return;
    this.#answeredAt = Date.now();
    if (about === undefined) this.faults.push(`answered again, or unasked: ${text}`);
    if (this.#expected.size <= this.#enough) this.#wake?.();
  }

  #count(what: string): void {
    this.outcomes.set(what, (this.outcomes.get(what) ?? 0) + 1);
  }
}

function put(said: Map<number, string[]>, i: number, text: string): void {
  said.set(i, [...(said.get(i) ?? []), text]);
}

function taken(said: Map<number, string[]>, i: number): string | undefined {
  const texts = said.get(i);
  const text = texts?.shift();
  if (texts?.length === 0) said.delete(i);
  return text;
}

const openings = 5;
const betweenMs = 500;

/** A process under such a storm may be too late for its own handshake: as any client does, it tries again. */
export async function openJudged(url: string): Promise<JudgedSocket> {
  for (let tries = 1; ; tries++) {
    try {
      return await openOnce(url);
    } catch (error) {
      if (tries === openings) throw error;
      await sleep(tries * betweenMs);
    }
  }
}

function openOnce(url: string): Promise<JudgedSocket> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, ['gapless.v1'], { handshakeTimeout: 10_000 });
    const socket = new JudgedSocket(ws);
    ws.once('open', () => resolve(socket));
    ws.once('error', reject);
  });
}
