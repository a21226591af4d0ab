/** One operation of a NATS server, as it lies in the stream. */
export interface NatsOperation {
  readonly bytes: Buffer;
  /** Of a message. */
  readonly subject?: string;
  /** Number that the log gave it, when it is a republished event. */
  readonly seq?: number;
}

const lineEnd = Buffer.from('\r\n');
const sequenceKey = Buffer.from('\r\nNats-Sequence: ');
const longestLine = 1024 * 1024;

/** Cuts what a NATS server sends into operations; what is not whole waits for the rest. */
export class NatsOperations {
  #kept: Buffer = Buffer.alloc(0);

  take(chunk: Buffer): NatsOperation[] {
    let bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    const operations: NatsOperation[] = [];
    for (let next = firstOf(bytes); next !== undefined; next = firstOf(bytes)) {
      operations.push(next);
      bytes = bytes.subarray(next.bytes.length);
    }
    if (bytes.length > longestLine) throw new Error('no NATS operation is that long');
    this.#kept = Buffer.from(bytes);
    return operations;
  }
}

function firstOf(bytes: Buffer): NatsOperation | undefined {
  const lineLength = bytes.indexOf(lineEnd);
  if (lineLength < 0) return undefined;
  const after = lineLength + lineEnd.length;
  const words = bytes.toString('latin1', 0, lineLength).split(' ');
  const [name, subject] = words;
  if (name !== 'MSG' && name !== 'HMSG') return { bytes: bytes.subarray(0, after) };
  const end = after + Number(words.at(-1)) + lineEnd.length;
  if (bytes.length < end) return undefined;
  const whole = bytes.subarray(0, end);
  const seq = name === 'HMSG' ? sequenceIn(whole) : undefined;
  return { bytes: whole, subject: subject as string, ...(seq !== undefined && { seq }) };
}

function sequenceIn(message: Buffer): number | undefined {
  const at = message.lastIndexOf(sequenceKey);
  if (at < 0) return undefined;
  const from = at + sequenceKey.length;
  return Number(message.toString('latin1', from, message.indexOf(lineEnd, from)));
}
