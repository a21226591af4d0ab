export * from './alterations.ts';
export * from './bus.ts';
export * from './cuttable.ts';
export * from './engines.ts';
export * from './foreign-issuer.ts';
export * from './mongo-people.ts';
export * from './mongo-query-plans.ts';
export * from './until.ts';
