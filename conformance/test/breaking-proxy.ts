import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Teardown } from '@gapless/shared/testing';
import type { Frame } from '../src/frame-rules.ts';
import { clientFrame, opcodes, serverFrame } from '../src/wire-frames.ts';

/** What a broken server sends in place of a frame: any number of frames, or a close code. */
export type Break = (frame: Frame) => readonly Frame[] | { readonly close: number };

const endOfHead = '\r\n\r\n';

/** A server that breaks the protocol in one way: everything else it takes from a whole one. */
export async function breakingProxy(t: Teardown, url: string, breaks: () => Break): Promise<string> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => upstream.write(bytes));
    relay(upstream, client, breaks());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}/ws`;
}

function relay(from: Socket, to: Socket, alter: Break): void {
  let bytes = Buffer.alloc(0);
  let open = false;
  let refused = false;
  const pass = (): void => {
    if (!open) {
      const end = bytes.indexOf(endOfHead);
      if (end < 0) return;
      open = true;
      refused = !bytes.toString('latin1', 0, end).startsWith('HTTP/1.1 101');
      to.write(bytes.subarray(0, end + endOfHead.length));
      bytes = bytes.subarray(end + endOfHead.length);
    }
    if (refused) {
      to.write(bytes);
      bytes = Buffer.alloc(0);
    }
    for (let frame = serverFrame(bytes); frame !== undefined; frame = serverFrame(bytes)) {
      const whole = bytes.subarray(0, frame.end);
      bytes = bytes.subarray(frame.end);
      if (frame.opcode !== opcodes.text) to.write(whole);
      else for (const out of altered(JSON.parse(frame.payload.toString()) as Frame, alter)) to.write(out);
    }
  };
  from.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    pass();
  });
}

function altered(frame: Frame, alter: Break): Buffer[] {
  const out = alter(frame);
  if ('close' in out) {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(out.close);
    return [unmasked(opcodes.close, payload)];
  }
  return out.map((sent) => unmasked(opcodes.text, Buffer.from(JSON.stringify(sent))));
}

/** As a server sends it: the same without a mask. */
function unmasked(opcode: number, payload: Buffer): Buffer {
  const masked = clientFrame(opcode, Buffer.alloc(payload.length));
  const header = Buffer.from(masked.subarray(0, masked.length - payload.length - 4));
  header[1] = (header[1] as number) & 0x7f;
  return Buffer.concat([header, payload]);
}
