// Every recorded answer of a real vLLM against the simulator (or the server at VLLM_URL). Differences that are meant
// stand in meant-differences.ts; one that is no longer different fails, so that the list stays true.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from './ask.ts';
import { comparable, withoutWords } from './comparable.ts';
import { meantDifference } from './meant-differences.ts';
import { recordedFolders, recordings } from './recording.ts';
import { isReal, openTarget, RECORDED, recordedServers, type Target } from './target.ts';

it('knows every server that was recorded', () => {
  expect(recordedFolders().toSorted()).toEqual(RECORDED.toSorted());
});

describe.each(recordedServers)('recorded server %s', (recorded) => {
  let target: Target;
  beforeAll(async () => {
    target = await openTarget(recorded);
  });
  afterAll(async () => {
    await target.close();
  });

  for (const recording of recordings(recorded)) {
    const { answer, name } = recording;
    if (answer === null) continue;
    const meant = isReal ? null : meantDifference(recorded, name);
    if (meant === null) {
      it(`${name} is answered as recorded`, async () => {
        expect(comparable(await ask(target.url, recording))).toEqual(comparable(answer));
      });
    } else {
      it(`${name} differs: ${meant.reason}`, async () => {
        const answered = comparable(await ask(target.url, recording));
        expect(answered).not.toEqual(comparable(answer));
        if (meant.inWordsOnly) expect(withoutWords(answered)).toEqual(withoutWords(comparable(answer)));
      });
    }
  }
});
