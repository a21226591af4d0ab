import { open } from 'node:fs/promises';
import { unpackTarMember } from './tar-member.ts';
import { unpackZipMember } from './zip-member.ts';

/** Returns the program that `file` is or holds; told by its first bytes, since addresses lie about endings. */
export async function unpackProgram(file: string, member: string, target: string): Promise<string> {
  const start = await firstBytes(file);
  if (start.startsWith('504b')) await unpackZipMember(file, member, target);
  else if (start.startsWith('1f8b')) await unpackTarMember(file, member, target);
  else return file;
  return target;
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('hex', 0, bytesRead);
  } finally {
    await file.close();
  }
}
