/** Limits of the protocol that configuration may change; announced in `hi.lim`. */
export interface Limits {
  /** Largest frame a client may send, bytes. */
  readonly frame: number;
  /** Longest text of a message, code points. */
  readonly text: number;
  /** Most rooms in one `join` or `leave`. */
  readonly rooms: number;
  /** Silence after which the server closes, ms. */
  readonly idle: number;
  /** Frames that a socket may send each second, in the long run. */
  readonly rate: number;
  /** Frames that it may send at once. */
  readonly burst: number;
}

/** Deeper JSON than any frame needs: refused before it costs anything. */
export const maxDepth = 8;
/** The same for the body of a request. */
export const maxBodyDepth = 32;
/** Most rooms that one frame may name. */
export const maxRoomsPerFrame = 500;
/** Most rooms whose cursors one `hello` and those that follow it may name. */
export const maxResumedRooms = 10_000;
/** Most messages of one `hist`. */
export const maxHistoryPage = 100;
/** In rooms with more members nobody is told of each one's receipts. */
export const maxToldMembers = 100;
/** Most users whom one socket watches. */
export const maxWatchedUsers = 200;
/** Longest `d` of a `sig`, bytes of its JSON: an offer of audio and video fits. */
export const maxSignalBytes = 8 * 1024;
/** Longest access token. */
export const maxTokenChars = 3072;

/**
 * A frame must hold the longest text in its longest JSON spelling (`\uXXXX` twice for a code point above the BMP), what an
 * application adds to it, and its own keys.
 */
export const frameBytesFor = (textCodePoints: number): number => Math.max(16 * 1024, textCodePoints * 12 + 4096);
