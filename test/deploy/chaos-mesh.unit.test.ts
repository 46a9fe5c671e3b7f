import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Labels, manifestsIn, repository, type Workload } from '../support/manifests.ts';

interface Aim {
  readonly selector: { readonly namespaces: readonly string[]; readonly labelSelectors: Labels };
  readonly containerNames?: readonly string[];
  readonly target?: Aim;
}

const experiments = manifestsIn('deploy/chaos-mesh');
const workloads = manifestsIn('deploy/kubernetes/base').filter(
  ({ kind }) => kind === 'Deployment' || kind === 'StatefulSet',
) as readonly Workload[];

/** What is aimed at, also within a schedule. */
const aimsIn = (value: unknown): readonly Aim[] => {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'selector' in value ? [value as Aim] : [];
  return [...own, ...Object.values(value).flatMap(aimsIn)];
};

describe.each(experiments)('$metadata.name', ({ spec, file }) => {
  test('aims at pods that there are, in the namespaces that the policies know', () => {
    const aims = aimsIn(spec);
    expect(aims.length).toBeGreaterThan(0);
    for (const { selector, containerNames = [] } of aims) {
      const [namespace, ...others] = selector.namespaces;
      expect(others).toEqual([]);
      if (namespace === 'data') continue;
      expect(namespace).toBe('points');
      const hit = workloads.filter(({ spec: { template } }) =>
        Object.entries(selector.labelSelectors).every(([key, value]) => template.metadata.labels[key] === value),
      );
      expect(hit.length).toBeGreaterThan(0);
      const names = hit.flatMap(({ spec: { template } }) => template.spec.containers.map(({ name }) => name));
      expect(containerNames.filter((name) => !names.includes(name))).toEqual([]);
    }
  });

  test('ends by itself, and is told of in the README', () => {
    expect(spec).toSatisfy(
      (one: object) => 'duration' in one || 'schedule' in one || JSON.stringify(one).includes('pod-kill'),
    );
    expect(readFileSync(path.join(repository, 'deploy/chaos-mesh/README.md'), 'utf8')).toContain(
      `\`${path.basename(file)}\``,
    );
  });
});
