export * from './load-config.ts';
export * from './setting.ts';
export * from './settings.ts';
