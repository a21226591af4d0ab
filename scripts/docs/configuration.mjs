/** `docs/configuration.md`: every setting of every process. */
import { settings } from '@gapless/shared/config';
import { code, table } from './markdown.mjs';

const serviceTitles = {
  edge: 'Edge',
  api: 'API',
  'log-worker': 'Log worker',
  launcher: '`make run`',
};

export function configuration() {
  const sections = Object.entries(serviceTitles).map(([service, title]) => {
    const own = Object.values(settings).filter((setting) => setting.services.includes(service));
    const rows = own.map((setting) => [
      code(setting.variable),
      defaultOf(setting),
      boundsOf(setting.schema),
      setting.secret ? `${setting.description}. Never printed` : setting.description,
    ]);
    return `## ${title}\n\n${table(['variable', 'default', 'may be', 'meaning'], rows)}\n`;
  });
  return `# Configuration

<!-- Written by scripts/write-docs.mjs from shared/src/config/settings.ts: change it there. -->

Every process reads its settings from the environment, once, at its start. An empty variable counts as not set. A value that
cannot be, and a variable with the prefix \`GAPLESS_\` that is no setting, end the process with exit code 78 and one
sentence that names the variable. Lists are separated by commas; \`…_MS\` are milliseconds, \`…_BYTES\` bytes.

${sections.join('\n')}`;
}

function defaultOf({ fallback }) {
  if (fallback === undefined) return '**must be set**';
  if (fallback.length === 0) return 'empty';
  return code(Array.isArray(fallback) ? fallback.join(',') : fallback);
}

function boundsOf({ type, minimum, maximum, pattern }) {
  if (pattern !== undefined) return code(pattern);
  if (type === 'array') return 'list';
  if (type === 'string') return 'text';
  if (type === 'boolean') return '`true` or `false`';
  return maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`;
}
