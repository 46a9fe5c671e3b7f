import { stringify } from 'yaml';
import { burnAlerts, leastBadEvents, type Slo, slos, type Sum, windows } from './slos.ts';

const per =
  (fn: 'rate' | 'increase', window: string): Sum =>
  (selector) =>
    `(sum(${fn}(${selector}[${window}])) or vector(0))`;

/** Windows that an alert looks at for long enough to count what was bad in them. */
const longWindows = burnAlerts.map(({ long }) => long);

const recorded = (slo: Slo) => {
  const labels = { slo: slo.name };
  return [
    ...windows.map((window) => ({
      record: `slo:points_burn:rate${window}`,
      // Without an event this is 0 / 0: not a number, and no alert.
      expr: `(${slo.bad(per('rate', window))}) / (${slo.total(per('rate', window))}) / ${String(slo.budget)}`,
      labels,
    })),
    ...longWindows.map((window) => ({
      record: `slo:points_bad_events:increase${window}`,
      expr: `round(${slo.bad(per('increase', window))})`,
      labels,
    })),
  ];
};

const alerts = (slo: Slo) =>
  burnAlerts.map(({ alert, long, short, burn, severity, spent }) => ({
    alert,
    expr: [
      `slo:points_burn:rate${long}{slo="${slo.name}"} > ${String(burn)}`,
      `slo:points_burn:rate${short}{slo="${slo.name}"} > ${String(burn)}`,
      `slo:points_bad_events:increase${long}{slo="${slo.name}"} >= ${String(leastBadEvents)}`,
    ].join('\nand '),
    labels: { severity, kind: 'budget', slo: slo.name },
    annotations: {
      summary: `The promise that ${slo.about} is being broken (${slo.name})`,
      description: `The error budget burns {{ $value | humanize }} times as fast as it may: ${spent}, or more`,
      runbook_url: `docs/runbooks/${slo.runbook}.md`,
      dashboard: '/d/points',
    },
  }));

/** deploy/prometheus/rules/slo.yml */
export const sloRules = (): string =>
  `# Generated from src/ops/monitoring/slos.ts by \`npm run generate\`: edit there.\n${stringify(
    {
      groups: [
        ...slos.map((slo) => ({ name: `slo-${slo.name}`, interval: '30s', rules: recorded(slo) })),
        { name: 'slo-alerts', rules: slos.flatMap(alerts) },
      ],
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  )}`;
