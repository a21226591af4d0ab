export * from './client-frames.ts';
export * from './codec.ts';
export * from './examples.ts';
export * from './json-depth.ts';
export * from './json-schemas.ts';
export * from './limits.ts';
export * from './message-body.ts';
export * from './message-text.ts';
export * from './server-frames.ts';

export const subprotocol = 'gapless.v1';
