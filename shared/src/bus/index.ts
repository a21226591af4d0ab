export * from './bus.ts';
export * from './bus-settings.ts';
export * from './event.ts';
export * from './memory-bus.ts';
export * from './nats-bus.ts';
export * from './store-once.ts';
export * from './streams.ts';
export * from './subjects.ts';
