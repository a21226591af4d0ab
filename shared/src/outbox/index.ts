export * from './access-projection.ts';
export * from './dispatcher.ts';
export * from './level-trigger.ts';
export * from './mongo-call.ts';
export * from './mongo-dispatch.ts';
export * from './mongo-memberships.ts';
export * from './mongo-outbox.ts';
export * from './outbox.ts';
