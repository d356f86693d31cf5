// Of the default pool's 40,960: what makes a request need a longer window without a prompt to be prefilled. The answers
// themselves are some 250 tokens: they end by themselves.

/** Needs yarn-2. */
export const LONG_OUTPUT = 45_000;
/** Needs yarn-4. */
export const LONGEST_OUTPUT = 90_000;
