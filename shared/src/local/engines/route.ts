import type { Engine, FoundEngine } from './engine.ts';

/** Why a route did not lead to the engine, as one sentence for whoever runs it. */
export class RouteFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RouteFailure';
  }
}

export interface Search {
  readonly engine: Engine;
  /** Folder of fetched engines, shared by every copy of Gapless of this user. */
  readonly cacheDir: string;
  /** What the engine's variable says; empty when it is not set. */
  readonly url: string;
  readonly commands: Commands;
  /** Hears of each long step. */
  progress(text: string): void;
}

/** How outside programs are called; tests bring their own. */
export interface Commands {
  /** Programs that can do `download …` as pip does, each with its leading arguments. */
  readonly pip: readonly (readonly string[])[];
  /** Absolute path of a program on `PATH`. */
  which(program: string): Promise<string | undefined>;
}

export interface Route {
  readonly name: string;
  /** `undefined`: the route does not apply here. Throws `RouteFailure` when it applies and fails. */
  find(search: Search): Promise<FoundEngine | undefined>;
}
