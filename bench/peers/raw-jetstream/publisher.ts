/** The reference of durable ingest: the client's own publish, pipelined, with an inbox of its own and nothing around it. */
import { connect, createInbox, headers } from '@nats-io/transport-node';
import { servePublisher } from '../../src/scenarios/publisher-process.ts';

const seqKey = Buffer.from('"seq":');
const errorKey = Buffer.from('"error":');

servePublisher(async ({ url, window, lanes }) => {
  const nats = await connect({ servers: url, noAsyncTraces: true });
  const inbox = createInbox();
  let answered: (id: string, stored: boolean) => void = () => undefined;
  nats.subscribe(`${inbox}.*`, {
    callback: (_error, message) => {
      const { data, subject } = message;
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      answered(subject.slice(inbox.length + 1), bytes.includes(seqKey) && !bytes.includes(errorKey));
    },
  });
  return (round) =>
    new Promise((resolve) => {
      let underWay = 0;
      const sentAt = new Map<string, number>();
      const publish = (): void => {
        const { event, subject } = lanes.next();
        const token = round.begun();
        const head = headers();
        head.set('Nats-Msg-Id', event.id);
        sentAt.set(token.key, token.sentUs);
        nats.publish(subject, event.bytes, { headers: head, reply: `${inbox}.${token.key}` });
        underWay++;
      };
      answered = (key, stored) => {
        const sentUs = sentAt.get(key);
        if (sentUs === undefined) return;
        sentAt.delete(key);
        underWay--;
        round.ended(sentUs, stored);
        if (round.goesOn()) publish();
        else if (underWay === 0) resolve();
      };
      for (let n = 0; n < window; n++) publish();
    });
});
