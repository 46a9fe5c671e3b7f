export { describeRecord, type FollowedRecord, type RecordWords } from './describe-records.ts';
export { type Hop, hopLines, inOrder } from './hop.ts';
