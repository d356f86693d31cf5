// Tests on a real control plane: a configuration of their own, so that `npm test` does not know of them.
import shared from '../../jest.config.mjs';

const [{ transform, extensionsToTreatAsEsm, modulePathIgnorePatterns }] = shared.projects;
const rootDir = `${import.meta.dirname}/../..`;

export default {
  rootDir,
  transform,
  extensionsToTreatAsEsm,
  modulePathIgnorePatterns,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/cluster/**/*.cluster-spec.ts'],
  globalSetup: '<rootDir>/test/cluster/global-setup.ts',
  globalTeardown: '<rootDir>/test/cluster/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/servers/once-more.ts'],
  // One file after the other: they share a control plane and two cores. The limit on memory makes jest use a worker all
  // the same, which it ends (see jest.config.mjs).
  maxWorkers: 1,
  workerIdleMemoryLimit: '4GB',
  testTimeout: 300_000,
  reporters: shared.reporters,
};
