export { createBufferedPublisher } from './buffered-publisher.ts';
export type {
  CommandPublisher,
  CommandSender,
  IngressMetrics,
  OfflineQueue,
  QueueMetrics,
  ShopDirectory,
} from './ports.ts';
export { createQueueDrainer } from './queue-drainer.ts';
export { createQueueKeeper } from './queue-keeper.ts';
export type { RequestMetrics } from './request-ports.ts';
export { requestRoutes } from './request-routes.ts';
export { webhookRoutes } from './routes.ts';
export { answerUnknownPaths, type HttpLimits, httpServerOptions } from './server.ts';
