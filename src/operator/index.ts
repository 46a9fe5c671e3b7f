export { Gate } from './access/gate.ts';
export { GuessGuard } from './access/guess-guard.ts';
export { Sessions } from './access/session.ts';
export { LiveView } from './overview/live.ts';
export { Replays } from './replays.ts';
export { operatorRoutes } from './routes/operator-routes.ts';
export { InstanceObserver, type ObservedStreams } from './status/observe-instance.ts';
export { StatusPublisher } from './status/publisher.ts';
