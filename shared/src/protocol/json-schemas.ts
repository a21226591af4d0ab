import type { TSchema } from 'typebox';
import { clientFrames } from './client-frames.ts';
import { clientExamples, serverExamples } from './examples.ts';
import { serverFrames } from './server-frames.ts';

/** The protocol's JSON Schemas, from the same source that validates it: one an operation, each with its example. */
export const jsonSchemas = (): { client: Record<string, object>; server: Record<string, object> } =>
  JSON.parse(
    JSON.stringify({
      client: withExamples(clientFrames, clientExamples),
      server: withExamples(serverFrames, serverExamples),
    }),
  );

function withExamples<Op extends string>(schemas: Record<Op, TSchema>, examples: Record<Op, object>): object {
  const ops = Object.keys(schemas) as Op[];
  return Object.fromEntries(ops.map((op) => [op, { ...schemas[op], examples: [examples[op]] }]));
}
