import type { Panel } from '@grafana/schema';

/** A query of a panel, in PromQL, and how its series are called. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface PanelSpec {
  readonly title: string;
  /** What the panel is looked at for, and what is bad. */
  readonly about: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** From here on it is red. */
  readonly bad?: number;
}

/** Units in Grafana's names. */
export type Unit = 'short' | 's' | 'cpm' | 'ops' | 'percentunit' | 'bytes' | 'none';

/** A target as the Prometheus data source reads it; the schema leaves it open. */
interface PrometheusTarget {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly range: true;
  readonly editorMode: 'code';
}

/** The data source that deploy/grafana/provisioning sets up under this uid. */
export const prometheus = { type: 'prometheus', uid: 'prometheus' };

/** A grid has 24 columns: three panels a row. */
const columns = 3;
const width = 24 / columns;
const height = 8;

/** @param index the panel's place in its row, from 0 @param y where its row begins */
export const timeSeries = (
  id: number,
  index: number,
  y: number,
  { title, about, unit, queries, bad }: PanelSpec,
): Panel => {
  const target = ({ expr, legend }: Query, number: number): PrometheusTarget => ({
    refId: String.fromCharCode(65 + number),
    expr,
    legendFormat: legend,
    range: true,
    editorMode: 'code',
  });
  const panel: Panel = {
    id,
    type: 'timeseries',
    title,
    description: about,
    datasource: prometheus,
    gridPos: {
      ...{ h: height, w: width, x: (index % columns) * width },
      y: y + Math.floor(index / columns) * height,
    },
    targets: queries.map((query, number) => ({ ...target(query, number) })),
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        custom: {
          lineWidth: 1,
          fillOpacity: 8,
          ...(bad === undefined ? {} : { thresholdsStyle: { mode: 'line' } }),
        },
        ...(bad === undefined
          ? {}
          : {
              thresholds: {
                mode: 'absolute' as never,
                steps: [
                  { color: 'green', value: null },
                  { color: 'red', value: bad },
                ],
              },
            }),
      },
      overrides: [],
    },
  };
  return panel;
};

/** Grid rows that so many panels take. */
export const heightOf = (panels: number): number => Math.ceil(panels / columns) * height;
