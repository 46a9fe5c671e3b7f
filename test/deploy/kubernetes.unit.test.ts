import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { topics } from '../../src/contracts/index.ts';
import {
  type Container,
  faultsOf,
  isSetting,
  type Labels,
  type Manifest,
  manifestsIn,
  repository,
  type Workload,
} from '../support/manifests.ts';

const folder = 'deploy/kubernetes';
const all = manifestsIn(folder);
const base = manifestsIn(`${folder}/base`);
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- what a kind's spec holds is known to who asks for it
const ofKind = <Found extends Manifest>(...kinds: readonly string[]): readonly Found[] =>
  all.filter(({ kind, file }) => kinds.includes(kind) && !/overlays|registration/.test(file)) as Found[];
const workloads = ofKind<Workload>('Deployment', 'StatefulSet', 'Job');
const containers = workloads.flatMap(({ spec }) => spec.template.spec.containers);
const settingsMap = base.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
const registration = all.find(({ file }) => file.endsWith('registration.yaml')) as Workload;

const contains = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);
const selected = (wanted: Labels): readonly Workload[] =>
  workloads.filter(({ spec }) =>
    // The transformer of the base gives every pod its name.
    contains({ 'app.kubernetes.io/name': 'points', ...spec.template.metadata.labels }, wanted),
  );
const httpPortOf = ({ env = [] }: Container): number =>
  Number(env.find(({ name }) => name === 'POINTS_HTTP_PORT')?.value ?? 8080);

describe('every container', () => {
  test.each(containers)('$name may do nothing but its work', (container) => {
    expect(container).toMatchObject({
      image: 'points-service:latest',
      securityContext: {
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      },
      resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
    });
  });

  test.each(containers)('$name is given settings that the service knows, and can start with them', (container) => {
    const { envFrom = [], env = [], args } = container;
    expect(envFrom).toEqual([{ configMapRef: { name: 'points-settings' } }]);
    const own = Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
    expect(Object.keys({ ...settingsMap, ...own }).filter((name) => !isSetting(name))).toEqual([]);
    expect(faultsOf(args[0], { ...settingsMap, ...own })).toEqual([]);
  });

  test.each(containers.filter(({ name }) => name !== 'setup'))('$name is asked where it answers', (container) => {
    const { ports = [], livenessProbe, readinessProbe, startupProbe } = container;
    const portOf = (name: string | undefined) => ports.find((port) => port.name === name)?.containerPort;
    expect(livenessProbe?.httpGet?.path).toBe('/health');
    expect(startupProbe?.httpGet?.path).toBe('/health');
    for (const { httpGet } of [livenessProbe, startupProbe].flatMap((probe) => probe ?? [])) {
      expect(portOf(httpGet?.port)).toBe(httpPortOf(container));
    }
    if (container.name === 'balances-server') expect(readinessProbe?.grpc?.port).toBe(portOf('grpc'));
    else expect(readinessProbe?.httpGet).toEqual({ path: '/ready', port: 'http' });
  });
});

describe('every pod', () => {
  test.each(workloads)('of $metadata.name has no name, no rights and no token', ({ spec }) => {
    expect(spec.template.spec).toMatchObject({
      serviceAccountName: 'points',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(base.find(({ kind }) => kind === 'ServiceAccount')?.metadata.name).toBe('points');
  });

  test.each(workloads.filter(({ kind }) => kind !== 'Job'))(
    'of $metadata.name has the time it takes to stop in order',
    ({ spec: { template } }) => {
      const sleeps = template.spec.containers.map(({ lifecycle }) => lifecycle?.preStop.sleep.seconds ?? 0);
      // createLifecycle's 10 s, and some to spare.
      expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(Math.max(...sleeps) + 10 + 5);
    },
  );

  test.each(workloads)(
    'of $metadata.name mounts what it has, and its secrets where the settings name them',
    (workload) => {
      const { template, volumeClaimTemplates = [] } = workload.spec;
      const { containers: own, volumes = [] } = template.spec;
      const there = [...volumes.map(({ name }) => name), ...volumeClaimTemplates.map(({ metadata }) => metadata.name)];
      for (const { volumeMounts = [] } of own) {
        expect(volumeMounts.map(({ name }) => name).filter((name) => !there.includes(name))).toEqual([]);
        const secrets = volumeMounts.find(({ name }) => name === 'secrets')?.mountPath;
        const files = Object.entries(settingsMap).filter(([name]) => name.endsWith('_FILE'));
        expect(files.filter(([, file]) => path.dirname(file) !== secrets)).toEqual([]);
      }
      expect(volumes.flatMap(({ secret }) => secret?.secretName ?? [])).toEqual(['points-secrets']);
    },
  );

  test('two containers of a pod never have the same port', () => {
    for (const { spec } of workloads) {
      const ports = spec.template.spec.containers.flatMap((one) => one.ports ?? []);
      expect(new Set(ports.map(({ containerPort }) => containerPort)).size).toBe(ports.length);
    }
  });
});

describe('whoever names something', () => {
  test.each(ofKind<Manifest<{ selector: Labels; ports: { targetPort: string; port: number }[] }>>('Service'))(
    'service $metadata.name finds its pods and their ports',
    ({ spec }) => {
      const found = selected(spec.selector);
      expect(found).toHaveLength(1);
      const ports = found.flatMap((one) => one.spec.template.spec.containers.flatMap(({ ports: own = [] }) => own));
      for (const { targetPort, port } of spec.ports) {
        expect(ports.find(({ name }) => name === targetPort)?.containerPort).toBe(port);
      }
    },
  );

  test.each(ofKind<Manifest<{ selector: { matchLabels: Labels } }>>('PodDisruptionBudget', 'PodMonitor'))(
    '$kind $metadata.name finds its pods',
    ({ spec }) => {
      expect(selected(spec.selector.matchLabels).length).toBeGreaterThan(0);
    },
  );

  test('each workload that serves has a budget and scales', () => {
    const scaled = ofKind<Manifest<{ scaleTargetRef: { kind: string; name: string } }>>(
      'HorizontalPodAutoscaler',
      'ScaledObject',
    );
    const targets = scaled.map(({ spec }) => `${spec.scaleTargetRef.kind} ${spec.scaleTargetRef.name}`);
    expect(targets.toSorted()).toEqual(['Deployment points-front', 'StatefulSet points-processor']);
    const budgets = ofKind('PodDisruptionBudget').map(({ metadata }) => metadata.name);
    expect(budgets.toSorted()).toEqual(['points-front', 'points-processor']);
  });

  test('lag is that of groups and topics of ours, and no more instances are asked for than have work', () => {
    const [scaled] =
      ofKind<Manifest<{ maxReplicaCount: number; triggers: { metadata: { consumerGroup: string; topic: string } }[] }>>(
        'ScaledObject',
      );
    const names = Object.values(topics).map(({ name }) => name);
    for (const { metadata } of scaled!.spec.triggers) {
      expect(names).toContain(metadata.topic);
      const topology = metadata.consumerGroup.replace(/^points-/, '');
      const declared = readFileSync(path.join(repository, 'topologies', topology, 'topology.mmd'), 'utf8');
      expect(declared).toContain(`([${metadata.topic}])`);
    }
    expect(scaled!.spec.maxReplicaCount).toBeLessThanOrEqual(Number(settingsMap['POINTS_PARTITIONS']));
  });

  test('Consul is told the port that gRPC listens on, by settings that the service knows', () => {
    const [container] = registration.spec.template.spec.containers;
    const server = containers.find(({ name }) => name === container?.name);
    const env = container?.env ?? [];
    expect(env.map(({ name }) => name).filter((name) => !isSetting(name) && name !== 'HOST_IP')).toEqual([]);
    const port = Number(env.find(({ name }) => name === 'SERVICE_PORT')?.value);
    expect(server?.ports?.find(({ name }) => name === 'grpc')?.containerPort).toBe(port);
  });
});

describe('the network', () => {
  interface Policy {
    readonly podSelector: { readonly matchLabels?: Labels };
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly { readonly ports: readonly { readonly port: number }[] }[];
    readonly egress?: readonly { readonly ports: readonly { readonly port: number }[] }[];
  }
  const policies = ofKind<Manifest<Policy>>('NetworkPolicy');
  const open = (side: 'ingress' | 'egress') =>
    new Set(policies.flatMap(({ spec }) => spec[side]?.flatMap(({ ports }) => ports.map(({ port }) => port)) ?? []));

  test('lets nothing through that is not said', () => {
    const nothing = policies.find(({ metadata }) => metadata.name === 'points-nothing');
    expect(nothing?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    for (const { spec } of policies) {
      for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
        expect(rule.ports.length).toBeGreaterThan(0);
      if (spec.podSelector.matchLabels) expect(selected(spec.podSelector.matchLabels).length).toBeGreaterThan(0);
    }
  });

  test('lets the service reach every server that its settings name', () => {
    const named = ['KAFKA_BROKER', 'SCHEMA_REGISTRY_URL', 'AUTH_HOST', 'CORE_HOST'].flatMap((name) =>
      [...(settingsMap[name] ?? '').matchAll(/:(\d+)/g)].map(([, port]) => Number(port)),
    );
    expect(named.length).toBeGreaterThanOrEqual(6);
    expect([...new Set(named), 27_017, 6380, 53].filter((port) => !open('egress').has(port))).toEqual([]);
  });

  test('lets callers and Prometheus reach every port of ours', () => {
    const ports = containers.flatMap(({ ports: own = [] }) => own.map(({ containerPort }) => containerPort));
    expect(ports.filter((port) => !open('ingress').has(port))).toEqual([]);
  });
});

describe('kustomize', () => {
  interface Kustomization {
    readonly resources?: readonly string[];
    readonly components?: readonly string[];
    readonly patches?: readonly { readonly path: string }[];
    readonly images?: readonly { readonly name: string; readonly newTag?: string; readonly digest?: string }[];
  }
  const kustomizations = globSync(`${folder}/**/kustomization.yaml`, { cwd: repository }).map((file) => ({
    file,
    content: parse(readFileSync(path.join(repository, file), 'utf8')) as Kustomization,
  }));

  test('finds every file it names, and no file is left out', () => {
    const named = kustomizations.flatMap(({ file, content }) =>
      [
        ...(content.resources ?? []),
        ...(content.components ?? []),
        ...(content.patches ?? []).map((patch) => patch.path),
      ].map((name) => path.join(path.dirname(file), name)),
    );
    expect(named.filter((file) => !existsSync(path.join(repository, file)))).toEqual([]);
    const files = globSync(`${folder}/**/*.yaml`, { cwd: repository }).filter(
      (file) => !file.endsWith('kustomization.yaml'),
    );
    expect(files.filter((file) => !named.includes(file))).toEqual([]);
  });

  test('an overlay names the image by a release', () => {
    const overlays = kustomizations.filter(({ file }) => file.includes('overlays'));
    for (const { content } of overlays) {
      const image = content.images?.find(({ name }) => name === 'points-service');
      expect(image?.digest ?? image?.newTag).toMatch(/^(sha256:|\d+\.\d+\.\d+$)/);
    }
    expect(overlays).toHaveLength(1);
  });
});
