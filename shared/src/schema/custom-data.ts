import { Type } from 'typebox';

/** What applications keep beside a thing of ours: an object of JSON, of which Gapless reads nothing. */
export type CustomData = Readonly<Record<string, unknown>>;

export const customDataBytes = 4 * 1024;
export const customDataLevels = 4;

export const CustomDataSchema = Type.Unsafe<CustomData>(
  Type.Object(
    {},
    {
      additionalProperties: true,
      description: `Data of the application: an object of at most ${customDataBytes} bytes and ${customDataLevels} levels`,
    },
  ),
);

/** Merged into an object by a careless reader, this key changes every object that he has. */
const poison = '__proto__';
const encoder = new TextEncoder();

/** Why the data may not be kept; `undefined` when it may. Depth comes first: what is deep enough breaks whoever writes it. */
export function unfitCustomData(data: CustomData): string | undefined {
  if (!isShallow(data, customDataLevels)) return `custom: at most ${customDataLevels} levels, and no key \`${poison}\``;
  const { byteLength } = encoder.encode(JSON.stringify(data));
  return byteLength > customDataBytes ? `custom: at most ${customDataBytes} bytes` : undefined;
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0 || Object.hasOwn(value, poison)) return false;
  return Object.values(value).every((inner) => isShallow(inner, levels - 1));
}
