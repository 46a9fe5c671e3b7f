export { describeRecord, type FollowedRecord, type RecordWords } from './describe-records.ts';
export { type Hop, hopLines, inOrder } from './hop.ts';
export { type Followed, type FoundHop, search, type SearchOptions, type SearchParts } from './search.ts';
