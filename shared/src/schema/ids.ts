import { Type } from 'typebox';

declare const kind: unique symbol;
type Id<K extends string> = string & { readonly [kind]: K };

export type UserId = Id<'user'>;
export type RoomId = Id<'room'>;
/** One log-in of one device; the `sid` claim of its access tokens. */
export type SessionId = Id<'session'>;
/** That a member found something wrong with a message. */
export type ReportId = Id<'report'>;
/** What a user uploaded. */
export type FileId = Id<'file'>;
/** What a back end shows to be let in; the secret behind it stands nowhere. */
export type ApiKeyId = Id<'api key'>;
/** A word of who runs the installation. */
export type NoticeId = Id<'notice'>;
/** What an admin or a key did. */
export type ActId = Id<'act'>;
/** One change of state that leaves through the outbox. */
export type OpId = Id<'op'>;
/** Chosen by the client for each mutating frame; repeating it is always safe. */
export type ClientId = Id<'client'>;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const ulidPattern = '^[0-9a-hjkmnp-tv-z]{26}$';
const clientIdPattern = '^[A-Za-z0-9_-]{16,36}$';

export const UserIdSchema = Type.Unsafe<UserId>(Type.String({ pattern: ulidPattern, description: 'A user id' }));
export const RoomIdSchema = Type.Unsafe<RoomId>(Type.String({ pattern: ulidPattern, description: 'A room id' }));
export const ReportIdSchema = Type.Unsafe<ReportId>(Type.String({ pattern: ulidPattern, description: 'A report' }));
export const FileIdSchema = Type.Unsafe<FileId>(Type.String({ pattern: ulidPattern, description: 'A file id' }));
export const ApiKeyIdSchema = Type.Unsafe<ApiKeyId>(Type.String({ pattern: ulidPattern, description: 'An API key' }));
export const NoticeIdSchema = Type.Unsafe<NoticeId>(Type.String({ pattern: ulidPattern, description: 'A notice' }));
export const ActIdSchema = Type.Unsafe<ActId>(Type.String({ pattern: ulidPattern, description: 'An act' }));
export const SessionIdSchema = Type.Unsafe<SessionId>(
  Type.String({ pattern: ulidPattern, description: 'A session id' }),
);
export const ClientIdSchema = Type.Unsafe<ClientId>(
  Type.String({ pattern: clientIdPattern, description: 'A client id: repeat it and nothing happens twice' }),
);

const ulid = new RegExp(ulidPattern);
const clientId = new RegExp(clientIdPattern);

/** Ids become subject tokens, header values and keys: nothing else may pass for one. */
export const isId = (text: string): boolean => ulid.test(text);
export const isClientId = (text: string): text is ClientId => clientId.test(text);

/** Sessions of other issuers begin with a letter to which the time in our own ids never comes. */
export const foreignSessionMark = 'z';
export const isForeignSession = (session: SessionId): boolean => session.startsWith(foreignSessionMark);

/** What every id of that moment begins with: below it are those from before, at and above it all others. */
export function idTime(ms: number): string {
  let time = ms;
  let text = '';
  for (let i = 0; i < 10; i++) {
    text = alphabet[time % 32] + text;
    time = Math.floor(time / 32);
  }
  return text;
}

/** A lower-case Crockford ULID: 48 bits of time, 80 of chance. */
export function newId<T extends Id<string>>(nowMs = Date.now()): T {
  let text = idTime(nowMs);
  for (const byte of globalThis.crypto.getRandomValues(new Uint8Array(16))) text += alphabet[byte & 31];
  return text as T;
}
