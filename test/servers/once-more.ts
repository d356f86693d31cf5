// In CI a test of real processes that fails is tried once more, and its first failure is printed: a machine that others use may
// stop all of them for longer than any deadline. A test that needed it is a bug to be mended, not a test that passed.
import { jest } from '@jest/globals';

if (process.env.CI) jest.retryTimes(1, { logErrorsBeforeRetry: true });
