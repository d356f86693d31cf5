// One configuration, three projects: unit (beside the code), contract (one suite over several implementations)
// and e2e (real gateway, real workers). Jest runs ES modules, so it is started with --experimental-vm-modules.
const swc = {
  swcrc: false,
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true },
    target: 'es2024',
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};
// Helm and kubectl are there for Linux on x86-64 alone (scripts/kube-tools.mjs).
const everywhere = 'docs,dashboards,launcher,observe,servers,rehearsal,rules';
const specs = process.platform === 'linux' && process.arch === 'x64' ? `${everywhere},chart` : everywhere;
const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.ropeway/'],
  // Real servers for whichever file asks for one: test/servers/README.md.
  globalSetup: '<rootDir>/test/servers/global-setup.ts',
  globalTeardown: '<rootDir>/test/servers/global-teardown.ts',
};

export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{libs,apps}/**/*.spec.ts', `<rootDir>/test/{${specs}}/**/*.spec.ts`],
    },
    { ...shared, displayName: 'contract', testMatch: ['<rootDir>/**/*.contract-spec.ts'] },
    {
      ...shared,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/{e2e,servers}/**/*.e2e-spec.ts'],
      setupFilesAfterEnv: ['<rootDir>/test/servers/once-more.ts'],
    },
  ],
  // Never in this process alone: Node 26 can hang while it ends after thousands of sockets; a worker is ended by jest.
  maxWorkers: 2,
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/test/plain-summary.mjs'],
};
