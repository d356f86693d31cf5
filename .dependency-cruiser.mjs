// The arrows of docs/architecture.md as data. A lib imports only what its row names; apps import any lib;
// no app imports an app, but `standalone`, which composes them.
const arrows = {
  addresses: [],
  protocol: [],
  models: ['protocol'],
  tokenizer: ['protocol', 'models'],
  workers: ['protocol'],
  routing: ['protocol', 'workers'],
  limits: ['protocol'],
  database: [],
  tenancy: ['addresses', 'protocol', 'limits', 'database'],
  ledger: ['protocol', 'database'],
  relay: ['protocol', 'workers', 'models'],
  telemetry: ['protocol'],
  config: [
    'addresses',
    'protocol',
    'models',
    'tokenizer',
    'workers',
    'routing',
    'limits',
    'database',
    'tenancy',
    'ledger',
    'relay',
    'telemetry',
  ],
};
const tests = '\\.(spec|contract|contract-spec|bench)\\.ts$';

const arrowRules = Object.entries(arrows).map(([lib, allowed]) => ({
  name: `arrows-${lib}`,
  severity: 'error',
  comment: `libs/${lib} may import only: ${allowed.join(', ') || 'nothing'}`,
  from: { path: `^libs/${lib}/src/`, pathNot: tests },
  to: { path: '^libs/', pathNot: [`^libs/${lib}/src/`, ...allowed.map((name) => `^libs/${name}/src/`)] },
}));

export default {
  forbidden: [
    ...arrowRules,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-frameworks-in-libs',
      severity: 'error',
      from: { path: '^libs/[^/]+/src/', pathNot: tests },
      to: { path: 'node_modules/(@nestjs|fastify|rxjs)' },
    },
    {
      name: 'pure-libs',
      severity: 'error',
      from: { path: '^libs/(protocol|models|routing)/src/', pathNot: tests },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional'] },
    },
    {
      name: 'front-doors',
      severity: 'error',
      comment: 'other libs only by their front door',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/([^/]+)/src/', pathNot: ['^libs/$1/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'apps-use-front-doors',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^libs/[^/]+/src/', pathNot: '^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'no-app-imports-an-app',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/standalone/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    { name: 'libs-import-no-app', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
