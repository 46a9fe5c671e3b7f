import { fakeOfflineQueue } from '../../support/fake-offline-queue.ts';
import { offlineQueueBehaviour } from './offline-queue.behaviour.ts';

offlineQueueBehaviour('memory, which stands in for it in tests', {
  open: async (_name, { limit = 10_000 } = {}) => Object.assign(fakeOfflineQueue(), { limit }),
});
