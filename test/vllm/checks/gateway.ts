// The gateway in front of both real servers: what the e2e tests prove on the simulator, where a real one could differ.
import { startGatewayProcess } from '../gateway-process.ts';
import type { Report } from '../report.ts';
import type { RealServers } from '../servers/open-servers.ts';
import { checkAnswers } from './answers.ts';
import { checkErrors } from './errors.ts';
import { checkLeaving } from './leaving.ts';
import { checkOpenAiClient } from './openai-client.ts';
import { checkRouting } from './routing.ts';

export async function checkGateway(report: Report, servers: RealServers): Promise<void> {
  const gateway = await startGatewayProcess(servers);
  try {
    const bench = { report, servers, gateway };
    await checkRouting(bench);
    await checkAnswers(bench);
    await checkOpenAiClient(bench);
    await checkLeaving(bench);
    await checkErrors(bench);
  } finally {
    await gateway.stop();
  }
}
