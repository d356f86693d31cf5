// Embedded, a statement runs on this thread, and its promise is kept before anything else of the process is: a hundred of them
// after one another would be one long stop of all streams and probes. After each the event loop gets its turn.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { KyselyPlugin } from 'kysely';

export const turnBetweenStatements: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => {
    await nextTurn();
    return result;
  },
};
