import { Check, Errors } from 'typebox/value';
import type { Service, Setting } from './setting.ts';
import { type Config, type SettingName, settings } from './settings.ts';

/** The operator wrote something that cannot be: the message names the variable. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

/** Reads what a service needs. The only reader of the environment. */
export function loadConfig(service: Service, env: Readonly<Record<string, string | undefined>> = process.env): Config {
  refuseStrangers(env);
  const entries = (Object.entries(settings) as [SettingName, Setting<unknown>][]).map(
    ([name, setting]) => [name, read(service, setting, env[setting.variable])] as const,
  );
  return Object.fromEntries(entries) as unknown as Config;
}

/** What of the environment a service would read: handed on to it by whoever starts it, and nothing else. */
export function variablesFor(
  service: Service,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const wanted = Object.values(settings as Record<string, Setting<unknown>>).filter(({ services }) =>
    services.includes(service),
  );
  return Object.fromEntries(
    wanted.flatMap(({ variable }) => {
      const value = env[variable];
      return value === undefined ? [] : [[variable, value]];
    }),
  );
}

/** Settings as the variables that `loadConfig` reads back. */
export function asVariables(config: Partial<Config>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [settings[name as SettingName].variable, String(value)]),
  );
}

/** This process's environment with some settings changed, for a process that it starts. */
export function environmentWith(
  changes: Partial<Record<SettingName, string | number>>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> {
  const variables = Object.entries(changes).map(([name, value]) => [
    settings[name as SettingName].variable,
    String(value),
  ]);
  return { ...env, ...Object.fromEntries(variables) };
}

function read(service: Service, setting: Setting<unknown>, value: string | undefined): unknown {
  if (!setting.services.includes(service)) return setting.fallback;
  if (value === undefined || value === '') {
    if (setting.fallback === undefined)
      throw new ConfigError(`${setting.variable} must be set: ${setting.description}`);
    return setting.fallback;
  }
  const parsed = setting.parse(value);
  if (!Check(setting.schema, parsed)) {
    const reason = Errors(setting.schema, parsed)[0]?.message ?? 'is not valid';
    const shown = setting.secret ? '' : ` (is "${value}")`;
    throw new ConfigError(`${setting.variable} ${reason}${shown}: ${setting.description}`);
  }
  return parsed;
}

/** A misspelt variable would be a setting that silently does nothing. */
function refuseStrangers(env: Readonly<Record<string, string | undefined>>): void {
  const known = new Set<string>(Object.values(settings).map((setting) => setting.variable));
  const stranger = Object.keys(env).find((name) => name.startsWith('GAPLESS_') && !known.has(name));
  if (stranger !== undefined) throw new ConfigError(`${stranger} is not a setting: see docs/configuration.md`);
}
