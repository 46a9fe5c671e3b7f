// One row per room: which rooms it may import, and which npm packages only it may import.
const streams = 'src/streams/(index|ports)\\.ts$';
const ports = 'src/[^/]+/ports\\.ts$';
const rooms = {
  'src/common/': [],
  'src/admission/': ['src/common/'],
  'src/domain/': ['src/common/'],
  'src/contracts/': ['src/common/'],
  'src/streams/': ['src/common/'],
  'src/balances/': ['src/domain/', 'src/common/'],
  'topologies/': [streams, ports, 'src/domain/', 'src/contracts/', 'src/common/'],
  'src/ingress/': ['src/admission/', 'src/requests/', 'src/contracts/', 'src/domain/', 'src/common/'],
  'src/sinks/': [streams, 'src/contracts/', 'src/domain/', 'src/balances/', 'src/common/'],
  'src/replay/': [ports, 'src/contracts/', 'src/common/'],
  'src/follow/': [ports, 'src/contracts/', 'src/common/'],
  'src/audit/': [ports, 'src/contracts/', 'src/common/'],
  'src/requests/': ['src/admission/', 'src/contracts/', 'src/domain/', 'src/common/'],
  'src/operator/': [streams, ports, 'src/replay/', 'src/follow/', 'src/balances/', 'src/contracts/', 'src/domain/', 'src/common/'],
  'src/egress/': ['src/admission/', 'src/balances/', 'src/requests/', 'src/contracts/', 'src/domain/', 'src/common/'],
  'src/adapters/': [ports, streams, 'src/contracts/', 'src/domain/', 'src/common/'],
  'src/app/': ['src/(?!ops/)', 'topologies/'],
  'src/ops/': ['src/', 'topologies/'],
};
const packages = {
  'kafkajs|mongodb|ioredis|@kafkajs/[^/]+': ['src/adapters/', 'src/ops/'],
  '@grpc/[^/]+|grpc-health-check': ['src/egress/', 'src/contracts/', 'src/adapters/auth/', 'src/adapters/core/', 'src/adapters/grpc/', 'src/ops/'],
  '@node-rs/[^/]+': ['src/adapters/'],
  'classic-level': ['src/adapters/', 'src/streams/'],
  'sorted-btree': ['src/streams/'],
  fastify: ['src/ingress/', 'src/operator/', 'src/app/'],
  '@dagrejs/[^/]+': ['src/operator/'],
  '@opentelemetry/[^/]+': ['src/adapters/tracing/'],
  rxjs: ['src/streams/', 'topologies/'],
};
const at = (paths) => paths.map((path) => `^${path}`);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      // Two files may know each other's types: nothing of that is left when they run.
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      // k6 brings its own modules, and a browser resolves what the operators' page imports, by the paths that are served.
      name: 'no-unresolvable',
      severity: 'error',
      from: { pathNot: '^src/operator/page/html\\.mjs$' },
      to: { couldNotResolve: true, pathNot: '^k6(/|$)' },
    },
    {
      name: 'page-stands-alone',
      severity: 'error',
      from: { path: '^src/operator/page/' },
      to: { pathNot: '^src/operator/page/|^\\./lib/' },
    },
    { name: 'tests-are-leaves', severity: 'error', from: { path: '^(src|topologies)/' }, to: { path: '^(test|perf)/' } },
    {
      name: 'engine-has-one-door',
      severity: 'error',
      from: { pathNot: '^(src/streams|test|perf)/' },
      to: { path: '^src/streams/', pathNot: `^${streams}` },
    },
    {
      // It judges the service from outside: what it shared with it, it could not see wrong.
      name: 'checker-is-independent',
      severity: 'error',
      from: { path: '^test/(support|chaos)/checker\\.ts$' },
      to: { path: '^(src|topologies|test)/|(^|/)node_modules/(kafkajs|@kafkajs)/' },
    },
    {
      // start.ts and the dev servers are for a developer's machine: what production runs never reaches them.
      name: 'production-needs-no-dev-servers',
      severity: 'error',
      from: { path: '^(src|topologies)/', pathNot: '^src/ops/(dev/|start\\.ts$|bench|check\\.ts$|test)' },
      to: { path: '^src/ops/(dev/|start\\.ts$)' },
    },
    ...Object.entries(rooms).map(([room, may]) => ({
      name: `room:${room}`,
      severity: 'error',
      from: { path: `^${room}` },
      to: { path: '^(src|topologies)/', pathNot: at([room, ...may]) },
    })),
    ...Object.entries(packages).map(([name, where]) => ({
      name: `package:${name}`,
      severity: 'error',
      from: { path: '^(src|topologies)/', pathNot: at(where) },
      to: { path: `(^|/)node_modules/(${name})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
