import { Type } from 'typebox';
import { type CustomData, CustomDataSchema } from './custom-data.ts';

/** Name and data of an event that the application made up; Gapless reads neither. */
export interface AppFields {
  readonly n: string;
  readonly d?: CustomData;
}

export const AppNameSchema = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  examples: ['order.shipped'],
  description: 'What happened, in words of the application',
});
export const AppDataSchema = CustomDataSchema;
