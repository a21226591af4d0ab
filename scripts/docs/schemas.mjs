/** `docs/schemas/`: the frames of one side as one JSON Schema. */
export function framesDocument(title, frames) {
  const ops = Object.keys(frames);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    oneOf: ops.map((op) => ({ $ref: `#/$defs/${op}` })),
    $defs: frames,
  };
}
