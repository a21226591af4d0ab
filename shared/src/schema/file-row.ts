import type { ClientId, FileId, RoomId, UserId } from './ids.ts';

/** What the api and the log worker know of an uploaded file. Its bytes are in the file store, under its id. */
export interface FileRow {
  readonly _id: FileId;
  readonly u: UserId;
  /** Under which it was uploaded. */
  readonly c?: ClientId;
  /** `up`: its bytes are on their way; `gone`: they are being removed. */
  readonly state: 'up' | 'ready' | 'gone';
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly w?: number;
  readonly h?: number;
  /** Bytes of its small picture, where there is one. */
  readonly thumb?: number;
  /** SHA-256 of what was uploaded. */
  readonly hash?: string;
  readonly at: Date;
  /** When somebody looks whether it is used; absent: it is. */
  readonly until?: Date;
}

/**
 * A place where a file is used. Of a message: `<room>:<user>:<client id>:<file>`, known before the message has a number and
 * the same however often it is sent. Of an image: `<user or room>:image:<file>`, there from the change that shows it to the one
 * that does not.
 */
export interface FileUseRow {
  readonly _id: string;
  readonly f: FileId;
  /** Until then its message may not be written yet; absent: it is. */
  readonly until?: Date;
  /** Of an image: the name under which it is shown. Whoever knows it may see it. */
  readonly pub?: string;
}

export interface MessageKey {
  readonly room: RoomId;
  readonly user: UserId;
  readonly clientId: ClientId;
}

const messageUses = ({ room, user, clientId }: MessageKey): string => `${room}:${user}:${clientId}:`;

export const messageUseId = (message: MessageKey, file: FileId): string => `${messageUses(message)}${file}`;

/** The ids of all uses by one message. */
export const usesOfMessage = (message: MessageKey): { readonly $gte: string; readonly $lt: string } => ({
  $gte: messageUses(message),
  $lt: `${messageUses(message)}~`,
});

/** `undefined` of what is no use by a message. */
export function messageOfUse(id: string): MessageKey | undefined {
  const [room, user, clientId, file] = id.split(':');
  if (file === undefined) return undefined;
  return { room: room as RoomId, user: user as UserId, clientId: clientId as ClientId };
}

export const imageUseId = (owner: UserId | RoomId, file: FileId): string => `${owner}:image:${file}`;

/** How long a file that nothing uses is kept. */
export const unusedFileMs = 24 * 3_600_000;
