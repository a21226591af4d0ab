import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { RouteFailure } from './route.ts';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endBytes = 22;
const longestComment = 65_535;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly offset: number;
}

/** Takes the one file whose path ends in `member` out of a zip (APPNOTE 4.3), so that no unzip program is needed. */
export async function unpackZipMember(archive: string, member: string, target: string): Promise<void> {
  const file = await open(archive, 'r');
  try {
    const entry = (await readEntries(file)).find(({ name }) => name.endsWith(member));
    if (entry === undefined) throw new RouteFailure(`${archive} holds no ${member}`);
    const start = await dataOffset(file, entry);
    const packed = createReadStream(archive, { start, end: start + entry.packedBytes - 1 });
    const output = createWriteStream(target);
    if (entry.method === 0) await pipeline(packed, output);
    else if (entry.method === 8) await pipeline(packed, createInflateRaw(), output);
    else throw new RouteFailure(`${archive} is packed in a way that is not supported (${entry.method})`);
    if (output.bytesWritten !== entry.bytes) throw new RouteFailure(`${archive} is damaged: ${member} is cut short`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw new RouteFailure(`${archive} is damaged`);
    throw error;
  } finally {
    await file.close();
  }
}

async function readEntries(file: FileHandle): Promise<Entry[]> {
  const { size } = await file.stat();
  const tail = await readAt(
    file,
    Math.max(0, size - endBytes - longestComment),
    Math.min(size, endBytes + longestComment),
  );
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || tail.length - end < endBytes || tail.readUInt32LE(end) !== endSignature) {
    throw new RouteFailure('the archive is cut short: it has no directory');
  }
  const directory = await readAt(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  return [...entriesOf(directory)];
}

function* entriesOf(directory: Buffer): Generator<Entry> {
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== entrySignature) throw new RouteFailure('the archive has a damaged directory');
    const nameBytes = directory.readUInt16LE(at + 28);
    yield {
      method: directory.readUInt16LE(at + 10),
      packedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
      name: directory.toString('utf8', at + 46, at + 46 + nameBytes),
    };
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
}

/** The local header repeats name and extra field with lengths of its own. */
async function dataOffset(file: FileHandle, { offset }: Entry): Promise<number> {
  const header = await readAt(file, offset, 30);
  return offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new RouteFailure('the archive is cut short');
  return buffer;
}
