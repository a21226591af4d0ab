/** Microseconds of the machine's monotonic clock: the same in every process, so that one may stamp and another read. */
const [seconds, nanoseconds] = process.hrtime();
const offsetUs = seconds * 1e6 + nanoseconds / 1e3 - performance.now() * 1e3;

export const nowUs = (): number => performance.now() * 1e3 + offsetUs;
