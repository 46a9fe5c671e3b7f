export { SchemaIncompatibleError } from './register.ts';
export { createRegistry, type Registry } from './registry.ts';
