// How Node is started for the gateway, here, in the benches and in whatever deploys it.

/**
 * A young generation of 8 MiB halves: nearly nothing of a request outlives it, so a larger one only spreads over more
 * memory (1,000 streams took 78 MB more than 100 with V8's default, 39 MB with this, at the same CPU). Fixed at 16 MiB it was tried
 * again: 1,000 streams took 3 to 9 % more CPU in each of six rounds, for less of it stays in the cache; answers with everything on
 * up to 10 % less.
 */
export const GATEWAY_FLAGS = ['--max-semi-space-size=8'];
