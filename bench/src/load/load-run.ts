import { nowUs } from './clock.ts';
import type { Crowd } from './crowd.ts';
import { Latencies } from './latency.ts';
import type { LoadSocket } from './load-socket.ts';
import { createClientIds, sendFrame } from './message.ts';
import type { ClosedLoad, LoadPart, OpenLoad, Order } from './orders.ts';
import { Schedule } from './schedule.ts';
import { contradictions, type Tally } from './tally.ts';

const tickMs = 1;
/** From the order to the first send: every process that shares the load is ready by then. */
const startMs = 50;
const settleMs = 100;
const longestDrainMs = 30_000;

export interface RunDeps {
  readonly crowd: Crowd;
  readonly tally: Tally;
  /** Called for each `ok`. */
  readonly onAck: (listener: (i: number, nowUs: number) => void) => void;
  /** Called for each `busy` that names a send; `false` when that send is not this run's. */
  readonly onRefusal: (listener: (i: number) => boolean) => void;
  readonly begun: () => void;
  readonly ended: () => void;
}

/** Never given twice by one process. */
export const newClientId = createClientIds();
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** One load from warm-up to the last delivery. */
export async function runLoad({ load, orderedUs }: Order & { do: 'run' }, deps: RunDeps): Promise<LoadPart> {
  const { crowd, tally } = deps;
  const before = { deliveries: tally.deliveries, acknowledged: tally.acknowledged };
  tally.begin(orderedUs);
  crowd.begin();
  const t0Us = orderedUs + startMs * 1e3;
  tally.measure(t0Us + load.warmUpMs * 1e3, t0Us + (load.warmUpMs + load.measureMs) * 1e3);
  const sending = load.kind === 'open' ? openLoop(load, t0Us, deps) : closedLoop(load, deps);
  await sleep((t0Us - nowUs()) / 1e3 + load.warmUpMs);
  const stopMeasuring = measure(deps);
  await sleep(load.measureMs);
  const measured = stopMeasuring();
  const { sent, lateness } = sending.stop();
  const delivered = () => tally.deliveries - before.deliveries;
  const acknowledged = () => tally.acknowledged - before.acknowledged;
  const allAcknowledged =
    load.kind === 'open' && !load.acknowledges ? () => true : () => acknowledged() + sending.refused() >= sent;
  const isWhole = () => delivered() >= sending.expected() && allAcknowledged();
  await quiet(load.drainMs, isWhole, () => delivered() + acknowledged() + sending.refused());
  return {
    ...{ sent, expected: sending.expected(), delivered: delivered() },
    ...{ acknowledged: acknowledged(), refused: sending.refused() },
    faults: crowd.faults(),
    troubles: { ...tally.troubles },
    measured,
    latency: tally.latencies.encoded(),
    lateness: lateness.encoded(),
  };
}

function measure({ tally, begun, ended }: RunDeps): () => LoadPart['measured'] {
  begun();
  const { deliveries, acknowledged } = tally;
  const cpu = process.cpuUsage();
  const fromUs = nowUs();
  return () => {
    const seconds = (nowUs() - fromUs) / 1e6;
    const { user, system } = process.cpuUsage(cpu);
    ended();
    return {
      seconds,
      deliveries: tally.deliveries - deliveries,
      acknowledged: tally.acknowledged - acknowledged,
      generatorShare: (user + system) / 1e6 / seconds,
    };
  };
}

interface Sending {
  expected(): number;
  refused(): number;
  stop(): { sent: number; lateness: Latencies };
}

function openLoop(
  { perSecond, acknowledges, warmUpMs, measureMs }: OpenLoad,
  t0Us: number,
  { crowd, tally, onRefusal }: RunDeps,
): Sending {
  const rooms = [...crowd.rooms];
  const lateness = new Latencies();
  const schedule = new Schedule({ t0Us, perSecond });
  const endUs = t0Us + (warmUpMs + measureMs) * 1e3;
  const hearers = new Map<number, number>();
  let [sent, expected, refused] = [0, 0, 0];
  onRefusal((i) => {
    const count = hearers.get(i);
    if (count === undefined) return false;
    hearers.delete(i);
    refused++;
    expected -= count;
    return true;
  });
  const send = (index: number, dueUs: number): void => {
    const [room, inside] = rooms[index % rooms.length] as [string, readonly LoadSocket[]];
    // It is the turn of another process.
    if (inside.length === 0) return;
    const sender = inside[Math.floor(index / rooms.length) % inside.length] as LoadSocket;
    lateness.record(nowUs() - dueUs);
    const i = tally.nextSend();
    hearers.set(i, inside.length);
    sender.send(sendFrame(i, room, newClientId(), dueUs), i, acknowledges);
    sent++;
    expected += inside.length;
  };
  const timer = setInterval(() => schedule.takeDue(Math.min(nowUs(), endUs), send), tickMs);
  return {
    expected: () => expected,
    refused: () => refused,
    stop: () => {
      clearInterval(timer);
      // What a stall held back to the very end counts too.
      schedule.takeDue(endUs, send);
      return { sent, lateness };
    },
  };
}

function closedLoop({ window, rooms, roomsEach }: ClosedLoad, deps: RunDeps): Sending {
  const { crowd, tally, onAck, onRefusal } = deps;
  const underWay = new Map<number, { socket: LoadSocket; sentUs: number }>();
  let [sent, refused] = [0, 0];
  let stopped = false;
  const firsts = new Map(crowd.sockets.map((socket, n) => [socket, n * (roomsEach ?? 0)]));
  const send = (socket: LoadSocket): void => {
    const i = tally.nextSend();
    sent++;
    const room = rooms[roomsEach === undefined ? i % rooms.length : (firsts.get(socket) ?? 0) + (i % roomsEach)];
    const sentUs = nowUs();
    underWay.set(i, { socket, sentUs });
    socket.send(sendFrame(i, room as string, newClientId(), sentUs), i, true);
  };
  onAck((i, atUs) => {
    const one = underWay.get(i);
    if (one === undefined) return tally.trouble(contradictions.answer);
    underWay.delete(i);
    tally.latency(one.sentUs, atUs);
    if (!stopped) send(one.socket);
  });
  // Whoever is refused has one less under way from then on: it was told to wait, and the run does not count anyway.
  onRefusal((i) => {
    if (!underWay.delete(i)) return false;
    refused++;
    return true;
  });
  for (let n = 0; n < window; n++) for (const socket of crowd.sockets) send(socket);
  return {
    expected: () => 0,
    refused: () => refused,
    stop: () => {
      stopped = true;
      return { sent, lateness: new Latencies() };
    },
  };
}

/** A moment more than needed, so that what comes twice shows too. */
export async function drained(withinMs: number, check: () => boolean): Promise<void> {
  const end = Date.now() + withinMs;
  while (!check() && Date.now() < end) await sleep(10);
  await sleep(settleMs);
}

/** As `drained`, for as long as something still comes: late is not lost. `come` counts all that did. */
async function quiet(silenceMs: number, check: () => boolean, come: () => number): Promise<void> {
  const longest = Date.now() + longestDrainMs;
  for (let seen = -1; seen !== come() && !check() && Date.now() < longest; ) {
    seen = come();
    const until = Date.now() + silenceMs;
    while (come() === seen && Date.now() < until) await sleep(10);
  }
  await sleep(settleMs);
}
