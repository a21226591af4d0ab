export * from './engine.ts';
export * from './find-engine.ts';
export * from './run-program.ts';
