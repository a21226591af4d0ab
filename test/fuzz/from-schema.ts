import type { Random } from '../guarantee/random.ts';

/** As much of JSON Schema as the frames and commands use. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
}

/** What a field of that name may well be, such as a room that there is; `undefined` where nothing is known. */
export type Known = (name: string, random: Random) => unknown;

/** Something that the schema might ask for: mostly what fits, sometimes at the edge of its bounds. */
export function fromSchema(schema: Schema, name: string, random: Random, known: Known): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return random.pick(schema.enum);
  if (schema.anyOf !== undefined) return fromSchema(random.pick(schema.anyOf), name, random, known);
  if (schema.properties !== undefined) return objectFrom(schema, random, known);
  const found = known(name, random);
  if (found !== undefined && (schema.type === undefined || typeOf(found) === schema.type)) return found;
  if (schema.prefixItems !== undefined) return schema.prefixItems.map((item) => fromSchema(item, name, random, known));
  if (schema.items !== undefined) return listFrom(schema.items, schema, name, random, known);
  if (schema.patternProperties !== undefined) {
    const [value = {}] = Object.values(schema.patternProperties);
    return { [String(known('r', random))]: fromSchema(value, name, random, known) };
  }
  return scalarFrom(schema, random);
}

function objectFrom({ properties = {}, required = [] }: Schema, random: Random, known: Known): object {
  const chosen = Object.entries(properties).filter(([key]) => required.includes(key) || random.chance(0.4));
  return Object.fromEntries(chosen.map(([key, schema]) => [key, fromSchema(schema, key, random, known)]));
}

function listFrom(items: Schema, { maxItems = 5 }: Schema, name: string, random: Random, known: Known): unknown[] {
  const length = random.chance(0.02) ? Math.min(maxItems + random.between(0, 1), 600) : random.between(1, 3);
  return Array.from({ length }, () => fromSchema(items, name.replace(/s$/, ''), random, known));
}

function scalarFrom({ type, minimum = 0, maximum = 100_000, maxLength = 50 }: Schema, random: Random): unknown {
  if (type === 'integer' || type === 'number') {
    return random.chance(0.2) ? random.pick([minimum, maximum, minimum - 1, maximum + 1]) : random.between(1, 50);
  }
  if (type === 'boolean') return random.chance(0.5);
  if (type !== 'string') return {};
  const length = random.chance(0.05) ? Math.min(maxLength + random.between(0, 1), 30_000) : random.between(1, 20);
  return 'x'.repeat(length);
}

const typeOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
};
