import type { ActId, UserId } from '@gapless/shared/schema';

export interface Act {
  readonly id: ActId;
  /** As `actorText` says it. */
  readonly actor: string;
  readonly as?: UserId;
  readonly command: string;
  readonly targets: readonly string[];
  readonly address: string;
  /** The id is made of the same moment: by it acts are found. */
  readonly at: Date;
  /** It goes by itself then. */
  readonly until: Date;
  /** `done`, or the kind of failure; absent: nobody knows. */
  readonly outcome?: string;
}

export interface ActPage {
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly command?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly below: ActId | undefined;
  readonly limit: number;
}

/** Acts are added and told how they ended, once; nothing takes them away but their age. */
export interface AuditStore {
  begin(act: Act): Promise<void>;
  end(id: ActId, outcome: string, made: string | undefined): Promise<void>;
  /** The newest first. */
  list(page: ActPage): Promise<Act[]>;
}
