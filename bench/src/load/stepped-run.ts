import { nowUs } from './clock.ts';
import type { Crowd } from './crowd.ts';
import { Latencies } from './latency.ts';
import { drained, newClientId } from './load-run.ts';
import type { LoadSocket } from './load-socket.ts';
import { sendFrame } from './message.ts';
import type { SteppedLoad, SteppedReport, SteppedSecond } from './orders.ts';
import { Schedule } from './schedule.ts';
import type { Tally } from './tally.ts';

const tickMs = 1;
const startUs = 50e3;
const inTimeUs = 1e6;

export interface SteppedRunDeps {
  readonly crowd: Crowd;
  readonly tally: Tally;
  /** Called for each `busy` that names a send; `false` when that send is not this run's. */
  readonly onRefusal: (listener: (i: number) => boolean) => void;
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Steps of different rates, one behind the other without a pause: what a step left behind meets the next one. */
export async function runSteps(load: SteppedLoad, deps: SteppedRunDeps): Promise<SteppedReport> {
  const { crowd, tally } = deps;
  const before = { deliveries: tally.deliveries, acknowledged: tally.acknowledged };
  tally.begin(nowUs());
  crowd.begin();
  const t0Us = nowUs() + startUs;
  const seconds = createSeconds(t0Us, load.steps.reduce((total, { ms }) => total + ms, 0) / 1e3);
  const sending = createSending(deps, seconds);
  tally.each = seconds.delivered;
  const cpu = process.cpuUsage();
  let fromUs = t0Us;
  for (const { perSecond, ms } of load.steps) {
    await offer(new Schedule({ t0Us: fromUs, perSecond }), fromUs + ms * 1e3, sending.send);
    fromUs += ms * 1e3;
  }
  const { user, system } = process.cpuUsage(cpu);
  const generatorShare = (user + system) / (nowUs() - t0Us);
  const acknowledged = () => tally.acknowledged - before.acknowledged;
  const delivered = () => tally.deliveries - before.deliveries;
  const settled = () => acknowledged() + sending.refused() >= sending.sent() && delivered() >= sending.expected();
  await drained(load.drainMs, settled);
  tally.each = undefined;
  return {
    seconds: seconds.all(),
    ...{ sent: sending.sent(), acknowledged: acknowledged(), refused: sending.refused() },
    ...{ delivered: delivered(), expected: sending.expected(), generatorShare },
    faults: crowd.faults(),
    troubles: { ...tally.troubles },
  };
}

type Send = (index: number, dueUs: number) => void;

async function offer(schedule: Schedule, untilUs: number, send: Send): Promise<void> {
  for (;;) {
    const now = nowUs();
    // Nothing is due at the end itself: that is the next step's first.
    schedule.takeDue(Math.min(now, untilUs - 1), send);
    if (now >= untilUs) return;
    await sleep(tickMs);
  }
}

function createSending({ crowd, tally, onRefusal }: SteppedRunDeps, seconds: Seconds) {
  const rooms = [...crowd.rooms];
  let [sent, refused, expected, last] = [0, 0, 0, 0];
  const roomAt = (n: number) => rooms[n % rooms.length] as [string, readonly LoadSocket[]];
  onRefusal((i) => {
    const index = i - (last - sent) - 1;
    if (index < 0 || index >= sent) return false;
    refused++;
    expected -= roomAt(index)[1].length;
    return true;
  });
  return {
    sent: () => sent,
    refused: () => refused,
    expected: () => expected,
    send: (_index: number, dueUs: number): void => {
      const [room, inside] = roomAt(sent);
      const sender = inside[Math.floor(sent / rooms.length) % inside.length] as LoadSocket;
      sent++;
      last = tally.nextSend();
      expected += inside.length;
      seconds.offered(dueUs);
      sender.send(sendFrame(last, room, newClientId(), dueUs), last, true);
    },
  };
}

type Seconds = ReturnType<typeof createSeconds>;

function createSeconds(t0Us: number, count: number) {
  const all = Array.from({ length: Math.ceil(count) }, () => ({
    offered: 0,
    deliveries: 0,
    inTime: 0,
    latencies: new Latencies(),
  }));
  const at = (us: number) => all[Math.floor((us - t0Us) / 1e6)];
  return {
    offered: (dueUs: number): void => {
      const second = at(dueUs);
      if (second !== undefined) second.offered++;
    },
    delivered: (dueUs: number, cameUs: number): void => {
      const [due, came] = [at(dueUs), at(cameUs)];
      due?.latencies.record(cameUs - dueUs);
      if (due !== undefined && cameUs - dueUs < inTimeUs) due.inTime++;
      if (came !== undefined) came.deliveries++;
    },
    all: (): SteppedSecond[] =>
      all.map(({ offered, deliveries, inTime, latencies }) => {
        const { count, p99 } = latencies.summary();
        return { offered, deliveries, inTime, ...(count === 0 ? {} : { p99 }) };
      }),
  };
}
