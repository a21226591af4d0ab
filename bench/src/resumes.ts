import { sleep } from '@gapless/shared/runtime';
import { engines } from '@gapless/shared/testing';
import { createEnds } from './ends.ts';
import { openFleet } from './fleet/fleet.ts';
import { latencyText } from './fleet/print.ts';
import { circumstances } from './machine.ts';
import { circumstancesText } from './print.ts';
import { startGapless } from './scenarios/gapless.ts';
import {
  fillRooms,
  type Memory,
  mebibytes,
  reconnectForLong,
  resumeAtOnce,
  resumeOneByOne,
} from './scenarios/resume.ts';

/** A room is forgotten soon, so that who comes a moment later finds nothing prepared. */
const lingerMs = 500;
const people = { accounts: 20, rooms: 100, edge: { roomLingerMs: lingerMs } };
const shape = {
  missed: 50,
  coldRounds: 40,
  warmRounds: 200,
  crowd: { clients: 5_000, roomsEach: 5, missed: 10 },
  churn: { members: 200, roomsEach: 5, perSecond: 200, cutsPerSecond: 100 },
};
const targets = { oneMs: 250, crowdMs: 10_000, growth: 0.05 };

/** How long coming back takes for one and for a crowd, and what `seconds` of coming and going leave in memory. */
export async function resumes(seconds: number): Promise<boolean> {
  const ends = createEnds();
  console.log(`${circumstancesText(circumstances(await engines()))}\n`);
  try {
    const gapless = await startGapless(ends, people);
    // First: what a crowd leaves in memory, an edge gives back at leisure.
    const fleet = await openFleet(gapless.urls, gapless.population, shape.churn);
    const memory = await reconnectForLong(gapless, fleet, { seconds, ...shape.churn }, (line) =>
      console.log(`  … ${line}`),
    );
    const report = await fleet.settle(30_000);
    fleet.close();
    console.log(`${seconds} s with ${memory.resumes} resumes: ${memoryText(memory)}; ${report.lost} lost`);
    // Somebody on each edge hears all rooms from before the first message: the rings hold them.
    const { length: members } = gapless.urls;
    const keepers = await openFleet(gapless.urls, gapless.population, { members, roomsEach: people.rooms });
    const record = await fillRooms(gapless, shape.missed + 10);
    const { missed } = shape;
    const warm = await resumeOneByOne(gapless, record, { rounds: shape.warmRounds, missed, pauseMs: 0 });
    console.log(`100 rooms with ${missed} missed events each, from the rings:  ${oneText(warm)}`);
    keepers.close();
    await sleep(2 * lingerMs);
    const cold = await resumeOneByOne(gapless, record, { rounds: shape.coldRounds, missed, pauseMs: 2 * lingerMs });
    console.log(`100 rooms with ${missed} missed events each, from the log:    ${oneText(cold)}`);
    const { clients, roomsEach } = shape.crowd;
    const crowd = await resumeAtOnce(gapless, record, shape.crowd);
    const each = `${roomsEach} rooms with ${shape.crowd.missed} missed events each`;
    const crowdCpu = `edges and NATS spent ${Math.round(crowd.cpuMs)} ms of CPU`;
    console.log(`${clients} clients at once, ${each}: all live in ${Math.round(crowd.allLiveMs)} ms; ${crowdCpu}`);
    const total = (of: 'wrong' | 'faults' | 'lags') => [cold, warm, crowd].reduce((sum, one) => sum + one[of], 0);
    const wrong = total('wrong') + total('faults');
    console.log(
      `rooms that did not get exactly what was missed: ${total('wrong')}; doubled or left out: ${total('faults')}; told to page: ${total('lags')}`,
    );
    const good =
      wrong + report.lost + report.doubled === 0 &&
      Math.max(cold.latency.p99, warm.latency.p99) <= targets.oneMs &&
      crowd.allLiveMs <= targets.crowdMs &&
      memory.edges.every((edge) => growthOf(edge) <= targets.growth);
    console.log(good ? 'PASS' : 'SHORT');
    return good;
  } finally {
    await ends.endAll();
  }
}

type One = Awaited<ReturnType<typeof resumeOneByOne>>;
const oneText = ({ latency, cpuMsEach }: One): string =>
  `${latencyText(latency)}; edges and NATS spent ${Math.round(cpuMsEach)} ms of CPU on each`;

const growthOf = ({ before, after }: Memory['edges'][number]): number => after / before - 1;

const memoryText = ({ edges }: Memory): string =>
  edges
    .map((edge, n) => {
      const percent = (growthOf(edge) * 100).toFixed(1);
      return `edge ${n + 1} ${mebibytes(edge.before)} → ${mebibytes(edge.after)} MiB (${percent} %)`;
    })
    .join(', ');
