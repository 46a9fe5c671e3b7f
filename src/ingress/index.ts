export { createBufferedPublisher } from './offline/buffered-publisher.ts';
export type {
  CommandPublisher,
  CommandSender,
  IngressMetrics,
  OfflineQueue,
  QueueMetrics,
  ShopDirectory,
} from './ports.ts';
export { createQueueDrainer } from './offline/queue-drainer.ts';
export { createQueueKeeper } from './offline/queue-keeper.ts';
export type { RequestMetrics } from './requests/request-ports.ts';
export { requestRoutes } from './requests/request-routes.ts';
export { webhookRoutes } from './webhooks/routes.ts';
export { answerUnknownPaths, guardRequests, type HttpLimits, httpServerOptions } from './server.ts';
