import type { TSchema } from 'typebox';
import { Check } from 'typebox/value';
import type { CommandName, Example } from './index.ts';
import { contractOf } from './index.ts';

type Values = Readonly<Record<string, unknown>>;

/** What people would write, by the name of the field; whatever does not fit a schema is not used there. */
const byName: Values = {
  email: 'alice@example.org',
  nickname: 'alice',
  password: 'correct horse battery',
  name: 'Lobby',
  text: 'Good morning',
  topic: 'What we talk about',
  emoji: '👍',
  user: '01k9xq4r8m2t6v0c3d5e7f9ghj',
  createdBy: '01k9xq4r8m2t6v0c3d5e7f9ghj',
  clientId: '019a9d7c-41e2-7c3a-9a51-3f0d2b6c8e10',
  accessToken: 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMWs5In0.c2ln',
  number: 7,
  members: 12,
  sequence: 42,
  before: 42,
  after: 0,
  limit: 50,
  expiresIn: 900,
};

const ulid = '01k9xq5t3w8y1a4b6c9d2e5f7g';
const fallbacks: readonly unknown[] = [
  ulid,
  '2026-11-21T12:00:00.000Z',
  'alice@example.org',
  'https://example.org/a',
  'text',
];

/** A value that the schema asks for, as an example. Optional fields are in it, but for marks that are only ever `true`. */
export function sampleOf(schema: TSchema, name = ''): unknown {
  const { examples, const: only, enum: choices, anyOf, items, prefixItems, properties } = schema as Schema;
  const fit = [examples?.[0], only, choices?.[0], byName[name]].find(
    (value) => value !== undefined && Check(schema, value),
  );
  if (fit !== undefined) return fit;
  if (anyOf?.[0] !== undefined) return sampleOf(anyOf[0], name);
  if (prefixItems !== undefined) return prefixItems.map((item) => sampleOf(item));
  if (items !== undefined) return [sampleOf(items, name.replace(/s$/, ''))];
  if (properties !== undefined) return sampleOfObject(schema as Schema, properties);
  return sampleOfScalar(schema as Schema);
}

type Schema = TSchema & {
  readonly type?: string;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly TSchema[];
  readonly items?: TSchema;
  readonly prefixItems?: readonly TSchema[];
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
};

function sampleOfObject({ required = [] }: Schema, properties: Readonly<Record<string, TSchema>>): Values {
  const isShown = ([name, schema]: [string, TSchema]) => required.includes(name) || (schema as Schema).const !== true;
  const shown = Object.entries(properties).filter(isShown);
  return Object.fromEntries(shown.map(([name, schema]) => [name, sampleOf(schema, name)]));
}

function sampleOfScalar(schema: Schema): unknown {
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1;
  if (schema.type === 'boolean') return true;
  if (schema.type !== 'string') return {};
  const long = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(4).slice(0, Math.max(schema.minLength ?? 0, 1));
  return [...fallbacks, long].find((text) => Check(schema, text)) ?? 'text';
}

/** What a command takes and answers, as an example: its contract's own, and from the schemas what that leaves out. */
export function exampleOf(name: CommandName): Required<Example> {
  const { parameters, answer, example } = contractOf(name);
  const sample = sampleOf(parameters) as Values;
  const needed = Object.fromEntries(Object.entries(sample).filter(([key]) => isNeeded(parameters, key)));
  return {
    parameters: example?.parameters === undefined ? sample : { ...needed, ...example.parameters },
    answer: example?.answer ?? (answer === undefined ? undefined : sampleOf(answer)),
  };
}

const isNeeded = ({ required }: { readonly required?: readonly string[] }, key: string): boolean =>
  required?.includes(key) ?? false;
