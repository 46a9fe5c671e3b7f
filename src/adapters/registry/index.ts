export { createRegistry, type Registry, SchemaIncompatibleError } from './registry.ts';
