// `ropeway doctor`: looks at everything a gateway needs, and says what to mend.
import type { Command } from 'commander';
import { addAdminOptions } from '../admin/admin-access.ts';
import type { DoctorOptions } from '../doctor/examine.ts';
import { examples } from '../output/examples.ts';
import type { Terminal } from '../terminal.ts';

export function addDoctorCommand(program: Command, terminal: Terminal): void {
  const doctor = program
    .command('doctor')
    .description(
      'Check configuration, database, Redis, clocks, pepper, workers (window, tokenizer, version) and admin key, and say what to mend.',
    )
    .option('--config <file>', 'configuration of the gateway (default: the environment alone)')
    .option('--key-file <file>', 'a key to try the pepper with; or ROPEWAY_API_KEY')
    .option('--worker-log <file>', 'log of a vLLM that does not start');
  addAdminOptions(doctor)
    .addHelpText('after', EXAMPLES)
    .action(async (options: DoctorOptions) => {
      const { runDoctor } = await import('../doctor/run-doctor.ts');
      await runDoctor(options, terminal);
    });
}

const EXAMPLES = `
Ends with 1 when a check failed; a warning alone does not.

${examples(
  'ropeway doctor --config ropeway.yaml',
  'ropeway doctor --config ropeway.yaml --key-file acme.key --json',
  'kubectl logs vllm-0 > vllm.log; ropeway doctor --worker-log vllm.log',
)}`;
