import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * `/healthz`: the process runs. `/readyz`: it can do its work, else 503 and what is in the way. `/metrics`: Prometheus.
 * Never public: bound to an address of its own.
 */
export async function startAdminServer(options: {
  host: string;
  port: number;
  metrics: Metrics;
  obstacles: () => readonly string[];
}): Promise<AdminServer> {
  const { host, port, metrics, obstacles } = options;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    switch (request.url) {
      case '/healthz':
        return json(response, 200, { status: 'ok' });
      case '/readyz': {
        const inTheWay = obstacles();
        return json(response, inTheWay.length === 0 ? 200 : 503, { ready: inTheWay.length === 0, obstacles: inTheWay });
      }
      case '/metrics':
        response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
        response.end(await metrics.text());
        return;
      default:
        return json(response, 404, { error: 'not_found' });
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
