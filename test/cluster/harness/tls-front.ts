// A sidecar that speaks TLS in front of a pod's server, as a process: `node tls-front.ts ADDRESS PORT SERVER-PORT CERTIFICATE
// KEY`. What comes in at PORT goes on without TLS to SERVER-PORT of the same pod.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { createServer } from 'node:tls';

const [address = '127.0.0.1', port, serverPort, certificate = '', key = ''] = process.argv.slice(2);
const identity = { cert: readFileSync(certificate), key: readFileSync(key) };
const front = createServer(identity, (client) => {
  const there = connect(Number(serverPort), address);
  // A side that breaks off ends the other; there is nothing else to do.
  pipeline(client, there, () => there.destroy());
  pipeline(there, client, () => client.destroy());
});
front.listen(Number(port), address);
process.once('SIGTERM', () => process.exit(0));
