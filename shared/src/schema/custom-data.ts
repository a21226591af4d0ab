import { Type } from 'typebox';

/** What applications keep beside a thing of ours: an object of JSON, of which Gapless reads nothing. */
export type CustomData = Readonly<Record<string, unknown>>;

/** What may be kept of it. */
export interface CustomLimits {
  /** Of its JSON. */
  readonly bytes: number;
  readonly levels: number;
  /** Of all its objects together. */
  readonly keys: number;
  readonly isKey: (key: string) => boolean;
  /** In words. */
  readonly keyRule: string;
}

export interface CustomFault {
  readonly isTooLarge: boolean;
  readonly reason: string;
}

/** Merged into an object by a careless reader, this key changes every object that he has. */
const poison = '__proto__';
const halfCodePoint = /\p{Cs}/u;
const encoder = new TextEncoder();

/** Why the data may not be kept; `undefined` when it may. Depth comes first: what is deep enough breaks whoever writes it. */
export function customFault(data: CustomData, limits: CustomLimits): CustomFault | undefined {
  const { bytes, levels, keys, isKey, keyRule } = limits;
  let count = 0;

  /** Of what would not survive on its way as it is: too deep, or keys and values that come back as others. */
  function faultIn(value: unknown, levelsLeft: number): string | undefined {
    if (typeof value === 'string') return halfCodePoint.test(value) ? 'holds half a code point' : undefined;
    if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'holds a number that is too large';
    if (typeof value !== 'object' || value === null) return undefined;
    if (levelsLeft === 0) return `may nest ${levels} levels`;
    const names = Array.isArray(value) ? [] : Object.keys(value);
    count += names.length;
    if (!names.every(isKey)) return keyRule;
    return Object.values(value)
      .map((inner) => faultIn(inner, levelsLeft - 1))
      .find((fault) => fault !== undefined);
  }

  const reason = faultIn(data, levels) ?? (count > keys ? `may have ${keys} keys` : undefined);
  if (reason !== undefined) return { isTooLarge: false, reason };
  const json = JSON.stringify(data);
  const isTooLarge = json.length > bytes || encoder.encode(json).byteLength > bytes;
  return isTooLarge ? { isTooLarge, reason: `may have ${bytes} bytes of JSON` } : undefined;
}

/** Of rooms and profiles, which are kept as text. */
export const customDataLimits: CustomLimits = {
  bytes: 4 * 1024,
  levels: 4,
  keys: Number.POSITIVE_INFINITY,
  isKey: (key) => key !== poison,
  keyRule: `may have no key \`${poison}\``,
};

export const CustomDataSchema = Type.Unsafe<CustomData>(
  Type.Object(
    {},
    {
      additionalProperties: true,
      description: `Data of the application: an object of at most ${customDataLimits.bytes} bytes and ${customDataLimits.levels} levels`,
    },
  ),
);

export function unfitCustomData(data: CustomData): string | undefined {
  const fault = customFault(data, customDataLimits);
  return fault && `custom ${fault.reason}`;
}
