import { type ServerSocket, WebSocketServer } from 'ws';

export const room = '01j00000000000000000000001';
export const user = '01j00000000000000000000002';

export interface Frame {
  readonly t: string;
  readonly i?: number;
  readonly [key: string]: unknown;
}

type Answer = (frame: Frame, socket: ServerSocket) => Frame | undefined;
export type Script = Record<string, Answer>;

export const hi: Answer = ({ i }) => ({
  t: 'hi',
  i: i ?? 0,
  v: 1,
  sid: '01j00000000000000000000003',
  u: user,
  now: Date.now(),
  lim: { frame: 1_000, text: 100, rooms: 500, idle: 60_000 },
  caps: [],
  gen: 'first',
});

export interface ScriptedEdge {
  readonly url: string;
  readonly received: Frame[];
  readonly sockets: ReadonlySet<ServerSocket>;
  say(...frames: readonly (object | string)[]): void;
}

interface Test {
  teardown(work: () => unknown): void;
}

/** A WebSocket server that answers each operation as its script says, and nothing else. */
export async function startScriptedEdge(t: Test, script: Script = {}): Promise<ScriptedEdge> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const received: Frame[] = [];
  const answers: Script = { hello: hi, ...script };
  server.on('connection', (socket) =>
    socket.on('message', (data) => {
      const frame: Frame = JSON.parse(data.toString());
      received.push(frame);
      const reply = answers[frame.t]?.(frame, socket);
      if (reply !== undefined) socket.send(JSON.stringify(reply));
    }),
  );
  await new Promise<void>((resolve) => server.once('listening', resolve));
  t.teardown(async () => {
    for (const socket of server.clients) socket.terminate();
    await new Promise<void>((resolve) => server.close(resolve));
  });
  const url = `ws://127.0.0.1:${server.address().port}/ws`;
  return {
    url,
    received,
    sockets: server.clients,
    say(...frames) {
      for (const socket of server.clients)
        for (const frame of frames) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    },
  };
}
