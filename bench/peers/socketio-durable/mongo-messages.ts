import { MongoClient } from 'mongodb';
import type { ChatMessage } from '../socketio-redis/chat-server.ts';

interface StoredMessage {
  readonly room: string;
  readonly user: string;
  readonly clientId: string;
  readonly text: string;
  readonly at: Date;
}

/** Each message is one insert that a majority has; a page of a room's history is found by its index. */
export async function openMessages(url: string): Promise<(message: ChatMessage) => Promise<void>> {
  const client = await new MongoClient(url).connect();
  const messages = client.db('chat').collection<StoredMessage>('messages', { writeConcern: { w: 'majority' } });
  await messages.createIndex({ room: 1, at: 1 });
  return async ({ r: room, u: user, c: clientId, b: { text }, at }) => {
    await messages.insertOne({ room, user, clientId, text, at: new Date(at) });
  };
}
