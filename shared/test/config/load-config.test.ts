import t from 'tap';
import { ConfigError, loadConfig, type Service, settings } from '../../src/config/index.ts';

const edge = { GAPLESS_JWKS_FILE: '/keys.json' };
const services: Record<Service, Record<string, string>> = {
  edge,
  api: { GAPLESS_SIGNING_KEY_FILE: '/key.pem' },
  'log-worker': {},
  launcher: {},
};

t.test('each service starts with what must be set, and defaults for the rest', async (t) => {
  for (const [service, env] of Object.entries(services)) t.ok(loadConfig(service as Service, env), service);
  t.match(loadConfig('edge', edge), { edgePort: 8081, textLimit: 1_000, jwksFile: '/keys.json', allowedOrigins: [] });
});

t.test('every default keeps its own schema', async (t) => {
  for (const [name, { fallback, variable, services }] of Object.entries(settings)) {
    const service = services[0] as Service;
    const required = { ...edge, GAPLESS_SIGNING_KEY_FILE: '/key.pem' };
    const shown = Array.isArray(fallback) ? fallback.join(',') : String(fallback ?? 'x');
    const config = loadConfig(service, { ...required, [variable]: shown });
    if (fallback !== undefined) t.same(config[name as keyof typeof config], fallback, variable);
  }
});

t.test('variables are unique, prefixed and described', async (t) => {
  const all = Object.values(settings);
  t.equal(new Set(all.map(({ variable }) => variable)).size, all.length);
  for (const { variable, description, services } of all) {
    t.match(variable, ['XDG_CACHE_HOME', 'NODE_ENV'].includes(variable) ? /./ : /^GAPLESS_[A-Z][A-Z0-9_]+$/);
    t.ok(description.length > 5 && services.length > 0, variable);
  }
});

t.test('values are read as what they are', async (t) => {
  const config = loadConfig('edge', {
    ...edge,
    GAPLESS_EDGE_PORT: '9000',
    GAPLESS_ALLOWED_ORIGINS: 'https://a.example, https://b.example',
    GAPLESS_LOG_LEVEL: 'debug',
  });
  t.match(config, { edgePort: 9_000, allowedOrigins: ['https://a.example', 'https://b.example'], logLevel: 'debug' });
});

t.test('an empty value is as good as none', async (t) => {
  t.equal(loadConfig('edge', { ...edge, GAPLESS_EDGE_PORT: '' }).edgePort, 8081);
});

t.test('what must be set is asked for by name', async (t) => {
  t.throws(() => loadConfig('edge', {}), ConfigError);
  t.throws(() => loadConfig('edge', {}), /^Error: GAPLESS_JWKS_FILE must be set: |GAPLESS_JWKS_FILE must be set/);
  t.doesNotThrow(() => loadConfig('log-worker', {}), 'but only by those that need it');
});

t.test('a value that cannot be names its variable and itself', async (t) => {
  const bad = {
    GAPLESS_EDGE_PORT: ['x', '70000', '-1', '80.5', '0x50'],
    GAPLESS_TEXT_LIMIT: ['0', '-3', 'many'],
    GAPLESS_LOG_LEVEL: ['loud'],
    GAPLESS_IDLE_TIMEOUT_MS: ['7999', '960001'],
    GAPLESS_ALLOWED_ORIGINS: ['https://a.example,,https://b.example'],
  };
  for (const [variable, values] of Object.entries(bad))
    for (const value of values) {
      const load = () => loadConfig('edge', { ...edge, [variable]: value });
      t.throws(load, ConfigError);
      t.throws(load, { message: new RegExp(`^${variable} .*\\(is "${value.replaceAll('.', '\\.')}"\\)`) });
    }
});

t.test('a value that another service uses is not this one’s concern', async (t) => {
  t.equal(loadConfig('edge', { ...edge, GAPLESS_API_PORT: 'x' }).apiPort, 8080);
});

t.test('a misspelt variable is refused', async (t) => {
  t.throws(() => loadConfig('edge', { ...edge, GAPLESS_EDGE_PROT: '1' }), {
    name: 'ConfigError',
    message: /^GAPLESS_EDGE_PROT is not a setting/,
  });
  t.doesNotThrow(() => loadConfig('edge', { ...edge, PATH: '/bin', gapless_x: '1' }));
});

t.test('what may hold a secret is never printed', async (t) => {
  const value = 'nats://user:S3CRET@host,,';
  t.throws(() => loadConfig('edge', { ...edge, GAPLESS_NATS_URLS: value }), { message: /^GAPLESS_NATS_URLS / });
  t.throws(() => loadConfig('edge', { ...edge, GAPLESS_NATS_URLS: value }), { message: /^((?!S3CRET).)*$/ });
  t.same(
    Object.values(settings)
      .filter(({ secret }) => secret)
      .map(({ variable }) => variable),
    ['GAPLESS_NATS_URLS', 'GAPLESS_MONGO_URL', 'GAPLESS_SMTP_URL'],
    'what is no secret by itself stays visible',
  );
});
