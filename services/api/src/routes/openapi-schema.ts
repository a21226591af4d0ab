export type Json = Readonly<Record<string, unknown>>;

export const isSchema = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('type' in value || 'enum' in value || 'anyOf' in value);

/** The schema as plain JSON, with references in place of the named ones; `isNamed`: its own name is not one of them. */
export function schemaWith(named: ReadonlyMap<unknown, string>, value: unknown, isNamed = false): unknown {
  const name = isNamed ? undefined : named.get(value);
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
  if (Array.isArray(value)) return value.map((item) => schemaWith(named, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, schemaWith(named, inner)]));
}
