// What is told of the state: its readings and bounds as metrics, and answers cut because their key was revoked.
import type { Logger } from 'pino';
import type { RopewayConfig } from '#config';
import type { Telemetry } from '#telemetry';
import type { LiveAnswers } from '../completions/live-answers.ts';
import { boundsOf } from './bounds-of.ts';
import type { State } from './open-state.ts';

export function tellState(
  config: RopewayConfig,
  state: State,
  liveAnswers: LiveAnswers,
  { telemetry, logger }: { readonly telemetry: Telemetry; readonly logger: Logger },
): void {
  let cut = 0;
  state.onRevoked((revoked) => {
    const ended = liveAnswers.revoke(revoked);
    cut += ended;
    logger.info({ ...revoked, answers_cut: ended }, 'keys revoked');
  });
  telemetry.setState(() => ({ ...state.reading(), cut }));
  telemetry.setBounds(boundsOf(config, state));
}
