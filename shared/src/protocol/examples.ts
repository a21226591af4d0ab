import type { ClientId, RoomId, SessionId, UserId } from '../schema/index.ts';
import type { ClientFrameOf, ClientOp } from './client-frames.ts';
import type { ServerFrameOf, ServerOp } from './server-frames.ts';

const r = '01kahzx3y8r5b1c2d3e4f5g6h7' as RoomId;
const u = '01kahzwq2m7n8p9q0r1s2t3v4w' as UserId;
const c = '019aa3c1-5a40-7c31-9f6e-0d6c2b8a4e11' as ClientId;
const sid = '01kahzx0c4j5k6m7n8p9q0r1s2' as SessionId;
const now = 1_795_262_400_000;
const event = { s: 1042, p: 1040, v: 1, r, u, at: now } as const;

const inInbox = { s: 1044, p: 1012, v: 1, r: u, u, at: now } as const;

/** One whole frame of each operation: for the document, and for the test that holds schema and document to each other. */
export const clientExamples: { readonly [T in ClientOp]: ClientFrameOf<T> } = {
  hello: {
    t: 'hello',
    i: 1,
    tok: 'eyJhbGciOiJFZERTQSJ9.e30.c2ln',
    rooms: 'all',
    since: { [r]: 1037 },
    inbox: 1012,
    gen: '01kahzw8e9f0g1h2j3k4m5n6p7',
  },
  auth: { t: 'auth', i: 5, tok: 'eyJhbGciOiJFZERTQSJ9.e30.c2ln' },
  join: { t: 'join', i: 2, rs: [r], since: { [r]: 1037 } },
  leave: { t: 'leave', i: 3, rs: [r] },
  send: { t: 'send', i: 4, r, c, b: { text: 'hi' } },
  whisper: { t: 'whisper', i: 11, to: u, c, b: { text: 'between us' }, r },
  edit: { t: 'edit', i: 7, r, m: 1042, c, b: { text: 'hi there' } },
  del: { t: 'del', i: 8, r, m: 1042, c },
  react: { t: 'react', i: 9, r, m: 1042, c, e: '👍', on: 1 },
  hist: { t: 'hist', i: 7, r, before: 1040, n: 50 },
  read: { t: 'read', i: 10, r, s: 1042 },
  recv: { t: 'recv', r, s: 1042 },
  typing: { t: 'typing', r, on: 1 },
  here: { t: 'here', as: 'away' },
  watch: { t: 'watch', i: 11, us: [u] },
  unwatch: { t: 'unwatch', us: [u] },
  sig: { t: 'sig', i: 12, to: u, c, d: { k: 'offer', sdp: 'v=0' } },
  call: { t: 'call', i: 10, m: 'rooms.remove', p: { room: r, user: u } },
  ping: { t: 'ping', i: 6 },
};

export const serverExamples: { readonly [T in ServerOp]: ServerFrameOf<T> } = {
  hi: {
    t: 'hi',
    i: 1,
    v: 1,
    sid,
    u,
    now,
    lim: { frame: 16384, text: 1000, rooms: 500, idle: 60_000, rate: 50, burst: 200 },
    caps: [],
    gen: '01kahzw8e9f0g1h2j3k4m5n6p7',
    inbox: 1012,
  },
  rooms: { t: 'rooms', rs: [{ r, head: 1040, role: 'member', read: 1037 }] },
  live: { t: 'live', r, s: 1040 },
  lag: { t: 'lag', r, from: 38, to: 1012 },
  removed: { t: 'removed', r },
  hist: {
    t: 'hist',
    i: 7,
    r,
    ev: [{ s: 1037, v: 1, r, u, at: now, t: 'msg', c, b: { text: 'hi' }, ver: 1037, rx: [['👍', 2, 1]] }],
    next: 1037,
  },
  ok: { t: 'ok', i: 4, s: 1042, at: now },
  err: { t: 'err', i: 4, code: 'rate_limited', msg: 'Too many requests: wait', retry: 250 },
  msg: { ...event, t: 'msg', c, b: { text: 'hi' } },
  edit: { ...event, t: 'edit', m: 1037, c, b: { text: 'hi there' } },
  del: { ...event, t: 'del', m: 1037, c },
  react: { ...event, t: 'react', m: 1037, c, e: '👍', on: 1 },
  pin: { ...event, t: 'pin', m: 1037, c, on: 1 },
  link: { ...event, t: 'link', m: 1037, l: { url: 'https://example.org/', title: 'Example Domain' } },
  app: { ...event, t: 'app', c, n: 'order.shipped', d: { order: 17 } },
  mem: { ...event, t: 'mem', op: 'join', us: [u], ver: 3 },
  room: { ...event, t: 'room', name: 'Lobby', no: 1, kind: 'group' },
  mention: { ...inInbox, t: 'mention', in: r, m: 1042 },
  reply: { ...inInbox, t: 'reply', in: r, m: 1042, re: 1037 },
  notify: { ...inInbox, t: 'notify', in: r, level: 'mentions', ver: 2 },
  invite: { ...inInbox, t: 'invite', in: r, id: '01kahzy5p6q7r8s9t0v1w2x3y4' },
  added: { ...inInbox, t: 'added', in: r, ver: 7 },
  out: { ...inInbox, t: 'out', in: r, op: 'remove', ver: 9 },
  notice: { ...inInbox, t: 'notice', text: 'Maintenance at noon' },
  rcpt: { t: 'rcpt', r, w: [[u, 1042, 1037]] },
  note: { t: 'note', r, s: 1042, u, n: 3, why: 'message' },
  readelse: { t: 'readelse', r, s: 1042 },
  unread: { t: 'unread', r, s: 1040 },
  typing: { t: 'typing', r, u, on: 1 },
  pres: { t: 'pres', w: [[u, 'offline', now]] },
  sig: { t: 'sig', u, sid, c, d: { k: 'answer', sdp: 'v=0' } },
  bye: { t: 'bye', after: 500, why: 'drain' },
  pong: { t: 'pong', i: 6, now },
};
