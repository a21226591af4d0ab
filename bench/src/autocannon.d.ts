/** As much of autocannon as the bench uses. */
declare module 'autocannon' {
  interface Request {
    readonly method?: 'POST';
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }

  type SetupRequest = (request: Request) => Request;

  interface Options {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    readonly requests?: readonly { readonly setupRequest: SetupRequest }[];
  }

  interface Result {
    readonly requests: { readonly total: number };
    /** Milliseconds. */
    readonly latency: { readonly p50: number; readonly p90: number; readonly p99: number; readonly p99_9: number };
    readonly errors: number;
    readonly timeouts: number;
    readonly non2xx: number;
  }

  function autocannon(options: Options): Promise<Result>;
  namespace autocannon {
    export type { Options, SetupRequest };
  }
  export = autocannon;
}
