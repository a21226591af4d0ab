import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { RouteFailure } from './route.ts';

const blockBytes = 512;

/** Takes the one file whose path ends in `member` out of a gzipped tar (POSIX ustar). */
export async function unpackTarMember(archive: string, member: string, target: string): Promise<void> {
  const blocks = createReadStream(archive).pipe(createGunzip());
  const reader = createReader(blocks);
  try {
    for (;;) {
      const header = await reader.take(blockBytes);
      const name = nameIn(header);
      if (name === '') throw new RouteFailure(`${archive} holds no ${member}`);
      const bytes = Number.parseInt(header.toString('latin1', 124, 136).replace(/\0.*$/, '').trim(), 8);
      if (`/${name}`.endsWith(member)) return await copy(reader, bytes, target);
      await reader.skip(Math.ceil(bytes / blockBytes) * blockBytes);
    }
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error;
    throw new RouteFailure(`${archive} is damaged or cut short`);
  } finally {
    blocks.destroy();
  }
}

function nameIn(header: Buffer): string {
  const field = (from: number, to: number) => header.toString('utf8', from, to).replace(/\0.*$/s, '');
  const prefix = field(345, 500);
  return prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`;
}

async function copy(reader: Reader, bytes: number, target: string): Promise<void> {
  const file = await open(target, 'w');
  try {
    for (let left = bytes; left > 0; ) {
      const chunk = await reader.upTo(left);
      await file.writeFile(chunk);
      left -= chunk.length;
    }
  } finally {
    await file.close();
  }
}

interface Reader {
  take(bytes: number): Promise<Buffer>;
  upTo(bytes: number): Promise<Buffer>;
  skip(bytes: number): Promise<void>;
}

function createReader(stream: AsyncIterable<Buffer>): Reader {
  const source = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const upTo = async (bytes: number): Promise<Buffer> => {
    while (rest.length === 0) {
      const next = await source.next();
      if (next.done) throw new RouteFailure('the archive is cut short');
      rest = next.value;
    }
    const part = rest.subarray(0, bytes);
    rest = rest.subarray(part.length);
    return part;
  };
  return {
    upTo,
    async take(bytes) {
      const parts: Buffer[] = [];
      for (let left = bytes; left > 0; left -= parts.at(-1)?.length ?? 0) parts.push(await upTo(left));
      return Buffer.concat(parts);
    },
    async skip(bytes) {
      for (let left = bytes; left > 0; ) left -= (await upTo(left)).length;
    },
  };
}
