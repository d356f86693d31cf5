// The PostgreSQL of a chart's pod, as a process: `node played-postgres.ts ADDRESS`. A real one on a port of its own, and
// whoever connects to the pod's address gets there. It keeps no password; its data goes with it.
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';
import { startPostgres } from '../../servers/start-postgres.ts';

const [address = '127.0.0.1'] = process.argv.slice(2);
const server = await startPostgres();
const door = createServer((client) => {
  const there = connect(server.port, '127.0.0.1');
  // A side that breaks off ends the other; there is nothing else to do.
  pipeline(client, there, () => there.destroy());
  pipeline(there, client, () => client.destroy());
});
door.listen(5_432, address);
process.once('SIGTERM', () => {
  void server.stop().then(() => process.exit(0));
});
