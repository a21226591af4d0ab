import type { SystemShape } from '../actors/system.ts';

/** Limits that end sockets of who talks nonsense have tests of their own: here each frame is to be judged. */
export const fuzzed: SystemShape = {
  settings: {
    api: { accessTokenMs: 7 * 86_400_000, adminRequestsPerMinute: 1_000_000 },
    edge: { badFramesPerMinute: 1_000_000_000, socketsPerUser: 1_000, pendingPerAddress: 1_000 },
  },
};
