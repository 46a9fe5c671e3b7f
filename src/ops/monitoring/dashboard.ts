import type { Dashboard, Panel, RowPanel } from '@grafana/schema';
import { heightOf, timeSeries } from './panels.ts';
import { rows } from './rows.ts';

/** A row's title takes one line of the grid. */
const titleHeight = 1;

const panels = (): (Panel | RowPanel)[] => {
  const all: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const { title, panels: specs } of rows) {
    const row: RowPanel = {
      ...{ id: all.length + 1, type: 'row', title, collapsed: false, panels: [] },
      gridPos: { h: titleHeight, w: 24, x: 0, y },
    };
    all.push(row);
    y += titleHeight;
    for (const [index, spec] of specs.entries()) all.push(timeSeries(all.length + 1, index, y, spec));
    y += heightOf(specs.length);
  }
  return all;
};

/** deploy/grafana/dashboards/points.json */
export const dashboard = (): string => {
  const points: Dashboard = {
    uid: 'points',
    title: 'Points',
    description: 'Generated from src/ops/monitoring/rows.ts by `npm run generate`: edit there',
    tags: ['points'],
    timezone: 'browser',
    editable: false,
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    panels: panels(),
  };
  return `${JSON.stringify(points, undefined, 2)}\n`;
};
