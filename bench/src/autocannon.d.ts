/** As much of autocannon as the bench uses. */
declare module 'autocannon' {
  interface Request {
    readonly path: string;
    readonly method?: 'POST';
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }

  interface Repeated extends Request {
    /** Makes each request anew. */
    readonly setupRequest?: (request: Request) => Request;
  }

  interface Client {
    setRequests(requests: readonly Repeated[]): void;
  }

  interface Options {
    readonly url: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    /** Called once for each connection. */
    readonly setupClient: (client: Client) => void;
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
    export type { Repeated };
  }
  export = autocannon;
}
