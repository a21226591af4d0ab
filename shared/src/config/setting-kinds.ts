import { Type } from 'typebox';
import type { Service, Setting } from './setting.ts';

/** What settings are made of: each with how its text is read, and what it may be. */

export const number =
  (schema: ReturnType<typeof Type.Integer>) =>
  (variable: string, services: readonly Service[], fallback: number | undefined, description: string) =>
    ({
      variable,
      services,
      fallback,
      description,
      schema,
      secret: false,
      parse: (text: string) => (/^-?\d+$/.test(text) ? Number(text) : text),
    }) satisfies Setting<number> as Setting<number>;

export const count = number(Type.Integer({ minimum: 1 }));
export const port = number(Type.Integer({ minimum: 0, maximum: 65535 }));
export const milliseconds = number(Type.Integer({ minimum: 1, maximum: 365 * 86_400_000 }));
export const bytes = number(Type.Integer({ minimum: 1024 }));

export const text = (
  variable: string,
  services: readonly Service[],
  fallback: string | undefined,
  description: string,
  pattern = '',
): Setting<string> => ({
  variable,
  services,
  fallback,
  description,
  schema: Type.String(pattern === '' ? {} : { pattern }),
  secret: false,
  parse: (value: string) => value,
});

export const flag = (
  variable: string,
  services: readonly Service[],
  fallback: boolean,
  description: string,
): Setting<boolean> => ({
  variable,
  services,
  fallback,
  description,
  schema: Type.Boolean(),
  secret: false,
  parse: (value: string) => (value === 'true' ? true : value === 'false' ? false : value),
});

export const secret = (...args: Parameters<typeof text>): Setting<string> => ({ ...text(...args), secret: true });

export const list = (
  variable: string,
  services: readonly Service[],
  fallback: readonly string[],
  description: string,
): Setting<readonly string[]> => ({
  variable,
  services,
  fallback,
  description,
  schema: Type.Array(Type.String({ minLength: 1 })),
  secret: false,
  parse: (value: string) => (value.trim() === '' ? [] : value.split(',').map((item) => item.trim())),
});
