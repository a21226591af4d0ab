import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import type { ChatMessage } from '../socketio-redis/chat-server.ts';

const queue = 'messages';
/** Within the 100 to 300 that RabbitMQ's guide recommends for throughput. */
const prefetch = 250;

/** The side of the chat servers: `store` resolves when the consumer has stored the message. */
export interface StoringQueue {
  store(message: ChatMessage): Promise<void>;
}

interface Waiting {
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/** Messages are persistent, the queue durable, publishes confirmed; the consumer answers into a queue of this process. */
export async function openStoringQueue(url: string): Promise<StoringQueue> {
  const connection = await connect(url, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(queue, { durable: true });
  const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });
  const waiting = new Map<string, Waiting>();
  const settle = (correlationId: string, error?: Error): void => {
    const one = waiting.get(correlationId);
    waiting.delete(correlationId);
    if (error === undefined) one?.done();
    else one?.failed(error);
  };
  await channel.consume(replyTo, (answer) => settle(answer?.properties.correlationId ?? ''), { noAck: true });
  return {
    store: (message) =>
      new Promise((done, failed) => {
        const correlationId = randomUUID();
        waiting.set(correlationId, { done, failed });
        const options = { persistent: true, contentType: 'application/json', correlationId, replyTo };
        channel.sendToQueue(queue, Buffer.from(JSON.stringify(message)), options, (error: Error | null) => {
          if (error !== null) settle(correlationId, error);
        });
      }),
  };
}

/** The side of the consumer: what `store` has stored is answered, then acknowledged to the broker. */
export async function consumeMessages(url: string, store: (message: ChatMessage) => Promise<void>): Promise<void> {
  const connection = await connect(url, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.assertQueue(queue, { durable: true });
  await channel.prefetch(prefetch);
  await channel.consume(queue, async (delivery) => {
    if (delivery === null) throw new Error('the queue is gone');
    await store(JSON.parse(delivery.content.toString()));
    const { replyTo, correlationId } = delivery.properties;
    channel.sendToQueue(replyTo, Buffer.from('stored'), { correlationId });
    channel.ack(delivery);
  });
}
