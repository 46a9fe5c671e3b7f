// Faster and faster, until a promise is broken: then the run ends, and the last rate that held is the answer.
import exec from 'k6/execution';
import { known, readBalance, sendOrder } from './shop.js';

// The rate of one step; perf/k6/run.ts takes one after the other.
const rate = Number(__ENV.POINTS_K6_RATE);
const step = (fn) => ({
  ...{ executor: 'constant-arrival-rate', rate, timeUnit: '1s', duration: known.duration, exec: fn },
  ...{ preAllocatedVUs: Math.min(1000, Math.max(20, rate)), maxVUs: 2000 },
});

export const options = {
  discardResponseBodies: true,
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
  scenarios: __ENV.POINTS_K6_DOOR === 'orders' ? { orders: step('orders') } : { hits: step('hits') },
  // Not judged here, so that the first seconds of a step do not end it.
  thresholds: {},
};

export const orders = () => sendOrder(exec.vu.idInTest, exec.vu.iterationInScenario);
export const hits = () => readBalance(known.cached, exec.scenario.iterationInTest);

export const handleSummary = (data) => ({ [known.summary]: JSON.stringify(data) });
