// `npm run generate`: everything in this repository that is made from something else in it.
await import('../contracts/generate.ts');
await import('./settings-table.ts');
await import('./monitoring/generate.ts');

export {};
