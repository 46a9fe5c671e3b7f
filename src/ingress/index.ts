export type { IngressMetrics, ShopDirectory } from './ports.ts';
export type { RequestMetrics } from './request-ports.ts';
export { requestRoutes } from './request-routes.ts';
export { webhookRoutes } from './routes.ts';
export { answerUnknownPaths, type HttpLimits, httpServerOptions } from './server.ts';
