/** The consumer of the stack: one message of the queue, one document of MongoDB. */
import { obeyOrders } from '../../src/ordered-process.ts';
import { consumeMessages } from './message-queue.ts';
import { openMessages } from './mongo-messages.ts';

export interface WriteOrder {
  readonly amqpUrl: string;
  readonly mongoUrl: string;
}

obeyOrders<WriteOrder, { say: 'writing' }>(async ({ amqpUrl, mongoUrl }, say) => {
  await consumeMessages(amqpUrl, await openMessages(mongoUrl));
  say({ say: 'writing' });
});
