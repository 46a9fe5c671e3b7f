import { topologyBehaviour } from './topology.behaviour.ts';
import { driverRunners } from './topology-runner.ts';

topologyBehaviour(driverRunners());
