import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { alertRules, deployFolder, testedAlerts } from './rules.ts';
import { runbooks } from './runbooks.ts';

const names = [...new Set(alertRules.map(({ alert }) => alert))];

/** It always fires: nothing but a dead Prometheus silences it. */
const neverSilent = new Set(['Watchdog']);

describe('every alert', () => {
  test('is tested firing, and not firing', () => {
    const tested = testedAlerts();
    const lacking = names.filter((name) => {
      const { firing, silent } = tested.get(name) ?? { firing: 0, silent: 0 };
      return firing === 0 || (silent === 0 && !neverSilent.has(name));
    });
    expect(lacking).toEqual([]);
    expect([...tested.keys()].filter((name) => !names.includes(name))).toEqual([]);
  });

  test('says how grave it is, what it is about, with its value, and where to go on', () => {
    for (const { alert, labels, annotations } of alertRules) {
      expect(['critical', 'warning', 'none'], alert).toContain(labels['severity']);
      if (labels['severity'] !== 'none') expect(labels['kind'], alert).toMatch(/^[a-z-]+$/);
      expect(annotations['summary'], alert).toMatch(/./);
      expect(annotations['description'], alert).toContain('$value');
      expect(annotations['dashboard'], alert).toBe('/d/points');
      const runbook = /^docs\/runbooks\/([a-z-]+)\.md$/.exec(annotations['runbook_url'] ?? '')?.[1];
      expect(runbooks, alert).toContain(runbook);
    }
  });
});

test.each(runbooks)('the runbook %s is there', (name) => {
  expect(existsSync(path.join(deployFolder, '../docs/runbooks', `${name}.md`))).toBe(true);
});
