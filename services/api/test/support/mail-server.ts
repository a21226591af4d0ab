import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Teardown } from '@gapless/shared/testing';
import { SMTPServer } from 'smtp-server';

export interface MailServer {
  readonly url: string;
  /** What was taken: recipients of the envelope, and the whole mail. */
  readonly taken: { readonly to: readonly string[]; readonly mail: string }[];
  /** How it answers the next recipients: with this code, where it is not 250. */
  refuse(code: number): void;
  /** Takes the next mail, and dies before it says so. */
  dieOnce(): void;
}

/** A mail server on this machine. */
export async function startMailServer(t: Teardown, options: { withTls?: boolean } = {}): Promise<MailServer> {
  const taken: { to: string[]; mail: string }[] = [];
  let code = 250;
  let isToDie = false;
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    disabledCommands: options.withTls ? [] : ['STARTTLS'],
    onRcptTo(_address, _session, callback) {
      callback(code === 250 ? undefined : Object.assign(new Error('not now, or never'), { responseCode: code }));
    },
    async onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      taken.push({ to: session.envelope.rcptTo.map(({ address }) => address), mail: Buffer.concat(chunks).toString() });
      if (isToDie) {
        isToDie = false;
        for (const connection of server.connections) connection.close();
      } else callback();
    },
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.teardown(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = listening.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    taken,
    refuse(wanted) {
      code = wanted;
    },
    dieOnce() {
      isToDie = true;
    },
  };
}
