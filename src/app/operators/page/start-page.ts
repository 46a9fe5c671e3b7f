import { connectTopicPositions, createGroupLags, createKafka } from '../../../adapters/kafka/index.ts';
import { createRegistry } from '../../../adapters/registry/index.ts';
import { Gate, GuessGuard, LiveView, operatorRoutes, Replays, Sessions } from '../../../operator/index.ts';
import type { DeadLetters, OperatorLog, Replayer } from '../../../operator/ports.ts';
import { foreignTopics, topics } from '../../../contracts/index.ts';
import type { Logger } from '../../../common/logger.ts';
import type { RoleContext } from '../../role.ts';
import { openDeadLetters } from '../dead-letters.ts';
import { connectOperatorKafka } from '../operator-kafka.ts';
import { openReplay } from '../replay.ts';
import { createAccounts, openMongo } from './accounts.ts';
import { createFollow } from './follow.ts';
import { observeInstance } from './observe.ts';
import { reopening } from './reopening.ts';

/** What no topology declares: which stores they write to, and who fills the topics that none of them writes. */
const surroundings = {
  stores: { ledger: ['MongoDB'], redemptions: ['MongoDB', 'Redis (state)'], balances: ['Redis (cache)'] },
  feeds: {
    ingress: [topics.ingest.name],
    Campaign: [foreignTopics.tiers.name],
    'Event Tracking': [foreignTopics.tasksCreated.name, foreignTopics.tasksFailed.name],
    replay: [topics.replay.name],
  },
} as const;

/** Acts that began on the page are told apart from those of the command line: a shared token names nobody. */
const actor = 'operators-page';

/** Reading an account is no act, and is no record of audit_log: a line tells that it was looked at. */
const logOf = (logger: Logger): OperatorLog => ({
  readAccount: (merchant_id, customer_id) => {
    logger.info({ merchant_id, customer_id, actor }, 'An operator looked at an account');
  },
  followed: (correlation_id) => {
    logger.info({ correlation_id, actor }, 'An operator followed a correlation id');
  },
  loggedIn: (address) => {
    logger.info({ address, actor }, 'An operator logged in');
  },
  refused: (address, status) => {
    logger.warn({ address, status }, 'Somebody was refused at the operators’ page');
  },
});

/** Serves the operators' page at /operator, and tells other instances of this one. */
export function startOperatorsPage(context: RoleContext<'processor'>, token: string, roles: readonly string[]): void {
  const { config, clock, lifecycle, logger, newId, transport } = context;
  const { id, publisher } = observeInstance(context, roles);
  const kafka = createKafka({
    brokers: config.kafkaBrokers,
    clientId: `${config.applicationId}-operators-page`,
    logger,
    security: transport.kafka,
  });
  const lags = createGroupLags({ kafka });
  const mongo = openMongo(config, transport);
  const letters = reopening(() => openDeadLetters(config, logger, transport));
  const replay = reopening(() => openReplay(config, logger, { actor, transport }));
  const topicsKafka = reopening(() => connectOperatorKafka(config, logger, transport));
  const deadLetters: DeadLetters = {
    list: (options) => letters.use((opened) => opened.list(options)),
    open: (place) => letters.use((opened) => opened.open(place)),
  };
  const replayer: Replayer = {
    plan: (asked) => replay.use((tool) => tool.plan(asked)),
    dryRun: (job, signal) => replay.use((tool) => tool.dryRun(job, signal)),
    run: (job, records, options) => replay.use((tool) => tool.run(job, records, options)),
  };
  const accounts = createAccounts(mongo, clock);
  const replays = new Replays({ replayer, clock, logger });
  const sessions = new Sessions(token, clock, newId);
  const live = new LiveView({
    ...{ own: id, lags, surroundings, clock },
    seen: () => publisher.seen(),
    shopsOf: (merchantIds) => accounts.shopsOf(merchantIds),
  });
  // The newest is stopped first: replays before what they copy with.
  lifecycle.add('operators lags', () => lags.close());
  lifecycle.add('operators mongodb', () => mongo.close());
  lifecycle.add('operators dead letters', () => letters.close());
  lifecycle.add('operators topics', () => topicsKafka.close());
  lifecycle.add('operators replay', () => replay.close());
  lifecycle.add('operators replays', () => replays.close());
  context.routes(
    operatorRoutes({
      ...{ live, deadLetters, accounts, replayer, replays, sessions, clock, logger },
      gate: new Gate(sessions, new GuessGuard(clock)),
      follow: createFollow({
        ...{ kafka: topicsKafka, mongo, clock },
        registry: createRegistry({ url: config.registryUrl, tls: transport.registry }),
        positions: () => connectTopicPositions(kafka),
      }),
      log: logOf(logger),
    }),
  );
}
