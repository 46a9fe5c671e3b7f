export type { IngressMetrics, ShopDirectory } from './ports.ts';
export { webhookRoutes } from './routes.ts';
export { answerUnknownPaths, type HttpLimits, httpServerOptions } from './server.ts';
