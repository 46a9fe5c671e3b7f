export type { CommandPublisher, IngressMetrics, ProcessedLookup, ShopDirectory } from './ports.ts';
export { webhookRoutes, type WebhookDeps } from './routes.ts';
export { answerUnknownPaths, type HttpLimits, httpServerOptions } from './server.ts';
