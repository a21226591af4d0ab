import { Failure } from '@gapless/shared/errors';
import { type CustomData, type RoomChangedEvent, unfitCustomData, type Visibility } from '@gapless/shared/schema';
import type { ImageChange } from '../files/image-uses.ts';
import { readRoomName, readTopic } from './room-names.ts';
import type { RoomFields } from './room-store.ts';

/** What somebody asks to be otherwise; `null` takes it away. */
export interface FieldChanges extends ImageChange {
  readonly name?: string | undefined;
  readonly topic?: string | null | undefined;
  readonly visibility?: Visibility | undefined;
  readonly custom?: CustomData | null | undefined;
}

/** The fields as they would be; refuses what may not be kept. */
export function applyFields(now: RoomFields, changes: FieldChanges): RoomFields {
  const { topic, image, custom, ...rest } = now;
  const reason = changes.custom ? unfitCustomData(changes.custom) : undefined;
  if (reason !== undefined) throw new Failure('invalid_request', { detail: reason });
  const asked = changes.topic === undefined ? topic : readTopic(changes.topic ?? '');
  return {
    ...rest,
    ...(changes.name === undefined ? {} : { name: readRoomName(changes.name) }),
    ...(changes.visibility === undefined ? {} : { visibility: changes.visibility }),
    ...(asked ? { topic: asked } : {}),
    ...kept('image', changes.image, image),
    ...kept('custom', changes.custom, custom),
  };
}

function kept<K extends string, T>(name: K, asked: T | null | undefined, now: T | undefined): { [N in K]?: T } {
  const value = asked === undefined ? now : (asked ?? undefined);
  return (value === undefined ? {} : { [name]: value }) as { [N in K]?: T };
}

/** What members are told of a change: only the fields that did; an empty text takes one away. `custom` is read by REST. */
export function differences(before: RoomFields, after: RoomFields): Partial<RoomChangedEvent> {
  const texts = (['name', 'topic', 'image'] as const).filter((field) => before[field] !== after[field]);
  const flags = (['frozen', 'archived'] as const).filter((field) => before[field] !== after[field]);
  return {
    ...Object.fromEntries(texts.map((field) => [field, after[field] ?? ''])),
    ...Object.fromEntries(flags.map((field) => [field, after[field] ? 1 : 0])),
    ...(before.visibility === after.visibility ? {} : { visibility: after.visibility }),
    ...(before.slow === after.slow ? {} : { slow: after.slow }),
  };
}

/** Whether anything at all is otherwise. */
export const isSame = (before: RoomFields, after: RoomFields): boolean =>
  Object.keys(differences(before, after)).length === 0 &&
  JSON.stringify(before.custom) === JSON.stringify(after.custom);
