export { type IngestParts, ingestTopology } from './topology.ts';
export { ForeignRecordError } from './errors.ts';
