/** The architecture as data: `check-architecture.mjs` fails the build when an import breaks a line of it. */

/** One file (or family of files) wraps one library, so that it can be replaced there. */
export const libraries = [
  { library: /^uWebSockets\.js$/, only: /^(services\/edge\/src\/server|bench\/peers\/bare-uws\/[a-z-]+)\.ts$/ },
  { library: /^@nats-io\//, only: /^(shared\/src\/bus\/nats-[a-z-]+|bench\/peers\/raw-jetstream\/[a-z-]+)\.ts$/ },
  { library: /^mongodb$/, only: /(^|\/)(mongo-[a-z-]+\.ts|repositories\/[a-z-]+\.ts)$/ },
  {
    library: /^(fastify|@fastify\/.*|fastify-plugin)$/,
    only: /^(services\/api\/src\/((plugins|routes)\/[a-z-]+|app)|bench\/peers\/bare-fastify\/server)\.ts$/,
  },
  { library: /^@node-rs\/argon2$/, only: /^services\/api\/src\/[a-z/-]*password[a-z-]*\.ts$/ },
  { library: /^sharp$/, only: /^services\/api\/src\/sharp-pictures\.ts$/ },
  { library: /^@aws-sdk\//, only: /^services\/api\/src\/s3-file-store\.ts$/ },
  { library: /^nodemailer$/, only: /^services\/api\/src\/smtp-post\.ts$/ },
  { library: /^fast-jwt$/, only: /^(services\/edge\/src\/access-token|shared\/src\/tokens\/issuer-keys)\.ts$/ },
  { library: /^prom-client$/, only: /^shared\/src\/runtime\/metrics\.ts$/ },
  { library: /^pino$/, only: /^shared\/src\/runtime\/logger\.ts$/ },
  { library: /^ws$/, only: /^shared\/src\/client\/node\.ts$/ },
  {
    library: /^(socket\.io|@socket\.io\/redis-adapter|ioredis)$/,
    only: /^bench\/peers\/socketio-redis\/chat-server\.ts$/,
  },
  { library: /^amqplib$/, only: /^bench\/peers\/socketio-durable\/message-queue\.ts$/ },
  { library: /^autocannon$/, only: /^bench\// },
  { library: /^playwright-core$/, only: /^test\/browser\/chromium\.ts$/ },
  { library: /^hdr-histogram-js$/, only: /^bench\/src\/load\/latency\.ts$/ },
];

/** Which door of `shared` may lean on which: knowledge flows one way. */
export const doors = {
  errors: [],
  schema: [],
  config: [],
  commands: ['errors', 'schema'],
  protocol: ['errors', 'schema'],
  metrics: ['errors'],
  rates: [],
  runtime: ['config', 'metrics'],
  bus: ['config', 'errors', 'runtime', 'schema'],
  outbox: ['bus', 'config', 'errors', 'runtime', 'schema'],
  client: ['errors', 'protocol', 'rates', 'schema'],
  local: ['config', 'errors', 'runtime', 'schema'],
  search: ['schema'],
  tokens: ['config', 'errors', 'runtime', 'schema'],
  testing: ['bus', 'client', 'config', 'errors', 'local', 'outbox', 'protocol', 'runtime', 'schema', 'tokens'],
};

/** Doors that a browser can load: nothing of Node in them, `node.ts` aside. */
export const browserDoors = ['client', 'commands', 'errors', 'protocol', 'rates', 'schema', 'search'];

/** What knows neither transport nor store, and what it therefore may not import. */
export const pure = [
  {
    files: /^services\/api\/src\/domain\//,
    never: /(repositories|routes|plugins|commands)\/|^mongodb$|fastify|shared\/bus$/,
  },
];

export const maxLines = 400;
export const emptyNames = /(^|\/)(utils?|helpers?|common|misc|manager|types)(\.ts$|\/)/;
export const environmentReader = /^shared\/src\/config\/load-config\.ts$/;
