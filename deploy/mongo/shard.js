/*
 * Shards the collections that grow with a merchant's business. For mongosh, on a mongos, after `points setup`:
 *
 *   POINTS_DB_NAME=points mongosh "mongodb://mongos.example:27017" deploy/mongo/shard.js
 *
 * Not run here: the project's own MongoDB is one replica set without a mongos. A test runs this file against a stand-in of
 * mongosh and compares it with src/adapters/mongo/collections.ts. It is safe to repeat: what is sharded already by the same
 * key is left as it is.
 *
 * The key is the merchant alone. Each shard keeps only its own part unique, so every unique index has to begin with the
 * key: with more in it an event, or an idempotency token, could come twice. Ranged, not hashed: ids of merchants are
 * random already, and the indexes that begin with merchant_id serve the key; a hashed one would need an index of its own.
 * A merchant's documents then lie in one chunk, which cannot be split: one merchant may not outgrow a shard.
 *
 * processed_events stays where it is, as it holds one day only; it may follow by the same key when writing it becomes too
 * much for one shard. merchants, translations and pos_offline_queue are small and stay whole.
 */
const databaseName = process.env.POINTS_DB_NAME || 'points';
const key = { merchant_id: 1 };

sh.enableSharding(databaseName);
sh.shardCollection(`${databaseName}.points_transactions`, key);
sh.shardCollection(`${databaseName}.reward_redemptions`, key);
