export * from './excerpt.ts';
export * from './fold.ts';
export * from './grams.ts';
export * from './query.ts';
