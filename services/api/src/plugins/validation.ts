import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

const integer = /^-?\d{1,16}$/;

/**
 * TypeBox validates REST as it validates frames. Bodies are taken as they are; in addresses and queries, where all is text,
 * what looks like an integer becomes one where the schema asks for one.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  return (value) => {
    const read = httpPart === 'body' ? value : readIntegers(schema, value);
    return validator.Check(read) ? { value: read } : { error: validator.Errors(read) as never };
  };
};

function readIntegers(schema: TSchema, value: unknown): unknown {
  const { properties = {} } = schema as { properties?: Readonly<Record<string, { type?: string }>> };
  const entries = Object.entries(value as Readonly<Record<string, unknown>>).map(([name, text]) => {
    const isInteger = properties[name]?.type === 'integer' && typeof text === 'string' && integer.test(text);
    return [name, isInteger ? Number(text) : text] as const;
  });
  return Object.fromEntries(entries);
}
