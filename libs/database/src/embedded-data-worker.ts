// Entry of the thread that makes a new embedded database and ends. See make-embedded-data.ts.
import { workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

const pglite = await PGlite.create({ dataDir: String(workerData) });
await pglite.close();
