import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

const integer = /^-?\d{1,16}$/;

/**
 * TypeBox validates REST as it validates frames. Bodies are taken as they are; in addresses and queries, where all is text,
 * what looks like an integer, or is `true` or `false`, becomes that where the schema asks for it.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  return (value) => {
    const read = httpPart === 'body' ? value : readScalars(schema, value);
    return validator.Check(read) ? { value: read } : { error: validator.Errors(read) as never };
  };
};

function readScalars(schema: TSchema, value: unknown): unknown {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, { type?: string }>> };
  const entries = Object.entries(value as Readonly<Record<string, unknown>>).map(([name, text]) => {
    const type = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
    return [name, typeof text === 'string' ? scalarOf(text, type) : text] as const;
  });
  return Object.fromEntries(entries);
}

function scalarOf(text: string, type: string | undefined): unknown {
  if (type === 'integer' && integer.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
