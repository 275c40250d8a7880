/**
 * The import directions. Each room may import from those below it alone:
 * api, cli -> followers (usage, audit), exports -> ledger, journal, accounts, keys, tokens, prices -> db, embedded -> logging, secrets -> config -> core.
 */
const rooms = [
  ['core'],
  ['config'],
  ['logging', 'secrets'],
  ['db', 'embedded'],
  ['ledger', 'journal', 'accounts', 'keys', 'tokens', 'prices'],
  ['usage', 'audit', 'exports'],
  ['api', 'cli'],
];

const above = rooms.slice(0, -1).map((level, index) => ({
  name: `${level.join('-')}-imports-downwards`,
  comment: 'Imports go down only.',
  severity: 'error',
  from: { path: `^src/(${level.join('|')})/`, pathNot: '\\.test\\.ts$' },
  to: {
    path: `^src/(${rooms
      .slice(index + 1)
      .flat()
      .join('|')})/|^src/[^/]+\\.ts$`,
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...above,
    {
      name: 'core-is-pure',
      comment:
        'The core knows no framework, no database and no I/O: of the packages only decimal.js and zod, of Node only its hashes.',
      severity: 'error',
      from: { path: '^src/core/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^src/core/|^node_modules/(decimal\\.js|zod)/|^(node:)?crypto$' },
    },
    {
      name: 'client-stands-alone',
      comment: 'The client is used without the service: it imports nothing of it, and of the packages only gRPC.',
      severity: 'error',
      from: { path: '^client/' },
      to: { pathNot: '^client/|^node_modules/@grpc/(grpc-js|proto-loader)/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'service-without-client',
      comment: 'Nothing but the demo, which is a gateway, uses the client.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/demo/' },
      to: { path: '^(dist/)?client/' },
    },
    {
      name: 'no-cycles',
      comment: 'What needs each other is one thing, or hides a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'tests-are-not-imported',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '\\.test\\.ts$|^test/' },
    },
    {
      name: 'only-what-is-declared',
      comment: 'A package that is not a dependency of ours is there by accident.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    { name: 'nothing-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
