export * from './engine.ts';
export * from './find-engine.ts';
