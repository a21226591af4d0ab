import type { ClientId, FileId, MessageFile, MessageKey, UserId } from '@gapless/shared/schema';

/** What is known of a file. */
export interface StoredFile extends Omit<MessageFile, 'thumb'> {
  readonly user: UserId;
  readonly state: 'up' | 'ready' | 'gone';
  /** Bytes of its small picture, where there is one. */
  readonly thumbSize?: number;
  /** Of what was uploaded. */
  readonly hash?: string;
}

export type FoundFile = Omit<StoredFile, 'id' | 'user' | 'state'> & { readonly hash: string };

export interface NewUpload {
  readonly id: FileId;
  readonly user: UserId;
  readonly clientId: ClientId | undefined;
  readonly at: Date;
  /** When it counts as given up, unless it is finished. */
  readonly until: Date;
  /** What began before that under the same client id has died. */
  readonly deadBefore: Date;
}

export interface DueUse {
  readonly id: string;
  readonly file: FileId;
  readonly until: Date;
}

export type DueFile = Pick<StoredFile, 'id' | 'state'> & { readonly until: Date };

/** What is known of files, and where they are used: the place of each is in the store before its message is in the log. */
export interface FileRecords {
  /** `undefined`: it has begun. Else what there is under that client id. */
  begin(upload: NewUpload): Promise<StoredFile | undefined>;
  /** Whether there was still an upload to finish. */
  finish(id: FileId, found: FoundFile, until: Date): Promise<boolean>;
  /** A file that is ready. */
  find(id: FileId): Promise<StoredFile | undefined>;
  /** The file that is shown as an image under that name. */
  findImage(name: string): Promise<StoredFile | undefined>;
  /**
   * Notes that a message is about to carry these files, in that order, so that nobody collects them. `undefined`, and nothing is
   * noted, unless each of them is ready and, where an owner is named, his.
   */
  take(
    message: MessageKey,
    ids: readonly FileId[],
    of: { readonly owner: UserId | undefined; readonly until: Date },
  ): Promise<readonly StoredFile[] | undefined>;
  /** Bytes that the user has uploaded that day, with these. */
  spend(user: UserId, day: Date, bytes: number): Promise<number>;

  /** Whether it is this process' turn to collect; until then nobody else's. */
  turn(now: Date, until: Date): Promise<boolean>;
  dueFiles(now: Date, limit: number): Promise<readonly DueFile[]>;
  dueUses(now: Date, limit: number): Promise<readonly DueUse[]>;
  isUsed(id: FileId): Promise<boolean>;
  /** Nobody needs to look at it again until a use of it ends. Changes nothing where somebody took the file meanwhile. */
  keep(file: DueFile): Promise<void>;
  /** It is due again then. Changes nothing where somebody took it meanwhile. */
  putOff(file: DueFile, until: Date): Promise<void>;
  putUseOff(use: DueUse, until: Date): Promise<void>;
  /** From then on nobody can take it. `false`, and nothing is changed, where somebody took it meanwhile. */
  condemn(file: DueFile): Promise<boolean>;
  /** Gives an upload up. */
  abandon(id: FileId, now: Date): Promise<void>;
  forget(id: FileId): Promise<void>;
  confirmUse(use: DueUse): Promise<void>;
  /** Takes the use away; its file is looked at from `until` on. Changes nothing where the message was sent again. */
  endUse(use: DueUse, until: Date): Promise<void>;
}

/** Under which its small picture is in the store. */
export const thumbKey = (id: FileId): string => `${id}-thumb`;

export const asMessageFile = ({ id, name, type, size, w, h, thumbSize }: StoredFile): MessageFile => ({
  ...{ id, name, type, size },
  ...(w === undefined || h === undefined ? {} : { w, h }),
  ...(thumbSize === undefined ? {} : { thumb: 1 as const }),
});
