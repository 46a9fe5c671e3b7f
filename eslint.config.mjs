// @ts-check
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const style = [
  { selector: 'ExportDefaultDeclaration', message: 'Name what you export: no default exports' },
  { selector: 'ExportAllDeclaration', message: 'A door lists what goes through it: no export *' },
  { selector: 'TSEnumDeclaration', message: 'Use a const object and a union: enum is not erasable' },
];
const bareErrors = [
  { selector: 'NewExpression[callee.name="Error"]', message: 'Throw a PointsError with a code (src/common/errors.ts)' },
  {
    selector: 'CallExpression[callee.name="Error"]',
    message: 'Throw a PointsError with a code (src/common/errors.ts)',
  },
];
/** The world comes in as arguments below the composition root: a test can then move it by hand. */
const world = [
  { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: 'Take a Clock as an argument' },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Take a Clock as an argument' },
  { selector: 'CallExpression[callee.name="randomUUID"]', message: 'Take the id, or what makes ids, as an argument' },
  {
    selector: 'MemberExpression[object.name="Math"][property.name="random"]',
    message: 'Take the random source as an argument',
  },
  {
    selector: 'MemberExpression[object.name="process"][property.name="env"]',
    message: 'Settings are read in src/app/config.ts',
  },
];
const restrict = (/** @type {{ selector: string, message: string }[]} */ ...selectors) =>
  /** @type {const} */ (['error', ...selectors]);

export default defineConfig(
  globalIgnores(['node_modules', '.points', 'coverage', 'src/contracts/generated', '**/*.cjs', '**/*.mjs']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.ts'] }, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-param-reassign': 'error',
      'prefer-const': 'error',
      'no-restricted-syntax': restrict(...style),
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        {
          allowDefaultCaseForExhaustiveSwitch: false,
          considerDefaultExhaustiveForUnions: false,
          requireDefaultForNonUnion: true,
        },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      // A port's method is async by contract; an implementation that answers at once has nothing to await.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'topologies/**/*.ts'],
    ignores: ['src/app/**', 'src/ops/**', 'src/common/**', 'src/contracts/generate.ts'],
    rules: { 'no-restricted-syntax': restrict(...style, ...bareErrors, ...world) },
  },
  {
    files: ['src/app/**/*.ts', 'src/ops/**/*.ts'],
    rules: { 'no-restricted-syntax': restrict(...style, ...bareErrors) },
  },
  {
    // A test makes broken input on purpose, and what it reads back has no type until it has been checked.
    files: ['test/**/*.ts', 'src/**/*.test.ts', 'perf/**/*.ts'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
  {
    files: ['*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
