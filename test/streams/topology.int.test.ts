import { afterAll } from 'vitest';
import { topologyBehaviour } from './topology.behaviour.ts';
import { brokerRunners } from './topology-runner.ts';

topologyBehaviour(brokerRunners(afterAll));
