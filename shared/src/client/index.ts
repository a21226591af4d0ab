export { ChatError } from './chat-error.ts';
export { type Client, createClient, type SignalOptions, type Whispered, type WhisperOptions } from './client.ts';
export type * from './client-event.ts';
export { createClientIds } from './client-id.ts';
export type { ClientOptions } from './client-options.ts';
export type { Closed } from './closed.ts';
export type { On, Unsubscribe } from './events.ts';
export type { HistoryMessage, Replies } from './history-message.ts';
export type * from './inbox-event.ts';
export type { LinkState } from './link.ts';
export type {
  Badge,
  Notification,
  NotificationChange,
  NotificationPage,
  NotificationPageOptions,
  NotificationWishes,
} from './notifications.ts';
export type { OutboxLimits, Sent } from './outbox.ts';
export type * from './outbox-store.ts';
export type { Here } from './presence.ts';
export type { EditOptions, HistoryPage, HistoryRequest, ReadersPage, Room, Sending, SendOptions } from './room.ts';
export type * from './room-event.ts';
export type { Position } from './room-feeds.ts';
export type {
  ClientSearchOptions,
  FoundRoom,
  FoundRooms,
  RoomSearchOptions,
  RoomsSearchOptions,
  SearchHit,
  SearchOptions,
  SearchPage,
} from './search.ts';
export type { Session } from './session.ts';
export type { FileData, FileLink, UploadedFile, UploadOptions } from './upload.ts';
export type { WebSocketConstructor, WebSocketLike } from './web-socket.ts';
