export * from './account.ts';
export * from './ids.ts';
export * from './membership.ts';
export * from './room.ts';
export * from './room-event.ts';
export * from './text.ts';
