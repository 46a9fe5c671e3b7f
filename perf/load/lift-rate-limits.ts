import { MongoClient } from 'mongodb';
import type { DevFile } from '../../src/ops/dev/dev-file.ts';

/** Lets the demo merchants have all that is sent: their rate limit is below it, and what waits is not what is measured. */
export async function liftRateLimits(dev: DevFile): Promise<void> {
  const mongo = new MongoClient(dev.mongo);
  try {
    await mongo
      .db()
      .collection('merchants')
      .updateMany({}, { $set: { rate_limit_per_second: 100_000 } });
  } finally {
    await mongo.close();
  }
}
