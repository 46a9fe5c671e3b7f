// The plan's load: 15,000 transactions an hour through the front door, and balances read from Redis and from the ledger.
import exec from 'k6/execution';
import { known, readBalance, sendOrder } from './shop.js';

const steady = (rate, timeUnit, fn) => ({
  ...{ executor: 'constant-arrival-rate', rate, timeUnit, duration: known.duration, exec: fn },
  ...{ preAllocatedVUs: 20, maxVUs: 200 },
});

export const options = {
  discardResponseBodies: true,
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max', 'count'],
  scenarios: {
    orders: steady(15000, '1h', 'orders'),
    hits: steady(known.hitsPerSecond, '1s', 'hits'),
    misses: steady(known.missesPerSecond, '1s', 'misses'),
  },
  thresholds: {
    'http_req_duration{scenario:orders}': ['p(99)<200'],
    'http_req_failed{scenario:orders}': ['rate<0.005'],
    'grpc_req_duration{scenario:hits}': ['p(99)<200'],
    'grpc_req_duration{scenario:misses}': ['p(99)<200'],
    'checks{scenario:orders}': ['rate>0.995'],
    'checks{scenario:hits}': ['rate>0.995'],
    'checks{scenario:misses}': ['rate>0.995'],
    dropped_iterations: ['count<1'],
  },
};

export const orders = () => sendOrder(exec.vu.idInTest, exec.vu.iterationInScenario);
export const hits = () => readBalance(known.cached, exec.scenario.iterationInTest);
export const misses = () => readBalance(known.uncached, exec.scenario.iterationInTest);

export const handleSummary = (data) => ({ [known.summary]: JSON.stringify(data) });
