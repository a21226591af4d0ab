/**
 * Loaded into an edge before its own program (`--import`, with `--expose-gc`), it has V8 collect what is garbage when it is told
 * to. At rest V8 does so by itself, but only after up to a minute.
 */
process.on('SIGUSR2', () => globalThis.gc?.());
