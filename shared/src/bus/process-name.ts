import { hostname } from 'node:os';

/** Names this process to operators: which service, on which machine or in which container, and its number there. */
export const processName = (service: string): string =>
  `${service}@${hostname().replace(/[^\w.-]/g, '_')}:${process.pid}`;
