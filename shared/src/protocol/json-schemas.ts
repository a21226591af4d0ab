import { clientFrames } from './client-frames.ts';
import { serverFrames } from './server-frames.ts';

/** The protocol's JSON Schemas, from the same source that validates it. */
export const jsonSchemas = (): { client: Record<string, object>; server: Record<string, object> } =>
  JSON.parse(JSON.stringify({ client: clientFrames, server: serverFrames }));
