// How many tokens, what they were for, and whether we count them as the workers do.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines, redFrom } from '../../panel.ts';
import { rate, share, sum } from '../../vectors.ts';
import { chosen, rateLines } from './chosen.ts';

const prompt = sum(rate(chosen(METRICS.promptTokens)), 'pool');
const generated = sum(rate(chosen(METRICS.completionTokens)), 'pool');

const miscounts = rateLines(
  {
    title: 'Prompts a worker counts otherwise',
    unit: 'perSecond',
    bounds: redFrom(0.001),
    about: METRICS.promptCountDifferences,
  },
  'pool',
);

export const TOKENS: Row = {
  title: 'Tokens',
  lines: [
    [
      lines(
        {
          title: 'Prompt tokens by pool',
          unit: 'tokensPerSecond',
          isStacked: true,
          about: METRICS.promptTokens,
        },
        line(prompt),
      ),
      lines(
        {
          title: 'Tokens generated, by pool',
          unit: 'tokensPerSecond',
          isStacked: true,
          about: METRICS.completionTokens,
        },
        line(generated),
      ),
      lines(
        { title: 'Thinking, of the tokens generated', unit: 'share', about: METRICS.reasoningTokens },
        line(share(sum(rate(chosen(METRICS.reasoningTokens)), 'pool'), generated)),
      ),
    ],
    [
      lines(
        { title: 'From a prefix cache, of prompt tokens', unit: 'share', about: METRICS.cachedTokens },
        line(share(sum(rate(chosen(METRICS.cachedTokens)), 'pool'), prompt)),
      ),
      miscounts,
    ],
  ],
};
