/** Durable ingest as an edge does it, without the edge: through the acknowledgement multiplexer of the bus. */
import { connectTestBus } from '@gapless/shared/testing';
import { servePublisher } from './publisher-process.ts';

servePublisher(async ({ url, window, lanes }) => {
  const ends = { teardown: (_work: () => unknown): void => undefined };
  const { log } = await connectTestBus(ends, url, { settings: { publishWindow: window } });
  return async (round) => {
    const call = async (): Promise<void> => {
      while (round.goesOn()) {
        const { sentUs } = round.begun();
        await log.append(lanes.next().event).then(
          () => round.ended(sentUs, true),
          () => round.ended(sentUs, false),
        );
      }
    };
    await Promise.all(Array.from({ length: window }, call));
  };
});
