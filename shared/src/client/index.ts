export type { Gap } from './chain.ts';
export type { Chat, ChatEvents, ClientOptions, Sent, Session } from './chat.ts';
export { ChatError } from './chat-error.ts';
export { createClient } from './client.ts';
export { createClientIds } from './client-id.ts';
export type { Closed } from './closed.ts';
export type { Unsubscribe } from './events.ts';
export type * from './room-event.ts';
export type { WebSocketConstructor, WebSocketLike } from './web-socket.ts';
