export * from './close-codes.ts';
export * from './error-codes.ts';
export * from './failures.ts';
