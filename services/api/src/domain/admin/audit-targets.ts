import type { Contract } from '@gapless/shared/commands';
import { ApiKeyIdSchema } from '@gapless/shared/schema';

/** What says whom or what an act is about, or what right it gave, and is no id. */
const alsoNaming = new Set(['sequence', 'thread', 'number', 'nicknames', 'edge', 'letter', 'role', 'scopes']);
/** No command names more; with that of what it made. */
const mostTargets = 1_024;
const longestTarget = 64;

/** Of what was asked what the audit log keeps: each id that the command's contract knows, and nothing that anybody wrote. */
export function targetsOf(
  contract: Pick<Contract, 'parameters'>,
  parameters: Readonly<Record<string, unknown>>,
): string[] {
  const { properties } = contract.parameters;
  const named = Object.entries(properties).flatMap(([name, schema]) =>
    alsoNaming.has(name) || holdsIds(schema) ? (parameters[name] ?? []) : [],
  );
  const texts = named
    .filter((value) => typeof value !== 'object')
    .map((value) => String(value).slice(0, longestTarget));
  return [...new Set(texts)].slice(0, mostTargets);
}

const { pattern: formOfIds } = ApiKeyIdSchema as { readonly pattern?: string };

/** One id, or a list of them: all kinds are of one form. */
function holdsIds(schema: object): boolean {
  const { pattern, items } = schema as { readonly pattern?: string; readonly items?: object };
  return (pattern !== undefined && pattern === formOfIds) || (items !== undefined && holdsIds(items));
}
