/** One of the processes of the stack: emits to the room on all of them, and keeps nothing. */
import { obeyOrders } from '../../src/ordered-process.ts';
import { openChatServer } from './chat-server.ts';

export interface ListenOrder {
  readonly redisUrl: string;
}

obeyOrders<ListenOrder, { say: 'listening'; port: number }>(async ({ redisUrl }, say) => {
  const { port } = await openChatServer(redisUrl, (message, emit) => emit(message));
  say({ say: 'listening', port });
});
