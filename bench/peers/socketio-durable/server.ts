/** One of the processes of the stack: what is stored is emitted to the room on all of them. */
import { obeyOrders } from '../../src/ordered-process.ts';
import { openChatServer } from '../socketio-redis/chat-server.ts';
import { openStoringQueue } from './message-queue.ts';

export interface ListenOrder {
  readonly redisUrl: string;
  readonly amqpUrl: string;
}

obeyOrders<ListenOrder, { say: 'listening'; port: number }>(async ({ redisUrl, amqpUrl }, say) => {
  const messages = await openStoringQueue(amqpUrl);
  const { port } = await openChatServer(redisUrl, async (message, emit) => {
    await messages.store(message);
    emit(message);
  });
  say({ say: 'listening', port });
});
