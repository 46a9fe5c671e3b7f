import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { describeSettings } from '../../src/app/index.ts';
import { everyRole, readConfig, type RoleName } from '../../src/app/config.ts';
import { type ProcessName, processNames, rolesOf } from '../../src/app/processes.ts';

export const repository: string = path.resolve(import.meta.dirname, '../..');

export type Labels = Readonly<Record<string, string>>;

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string };
  readonly grpc?: { readonly port: number };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly [string];
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext?: object;
  readonly resources?: object;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: object;
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
}

/** A manifest; `spec` is what its kind has. */
export interface Manifest<Spec = unknown> {
  readonly file: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels };
  readonly spec: Spec;
  readonly data?: Readonly<Record<string, string>>;
}

export type Workload = Manifest<{
  readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}>;

/** Every document of every file of a folder. @throws for what is not YAML, and for keys that come twice */
export const manifestsIn = (folder: string): readonly Manifest[] =>
  globSync('**/*.yaml', { cwd: path.join(repository, folder) })
    .toSorted()
    .flatMap((name) => {
      const file = path.join(folder, name);
      return parseAllDocuments(readFileSync(path.join(repository, file), 'utf8')).map((document) => {
        if ('errors' in document && document.errors[0] !== undefined) throw document.errors[0];
        return { ...(document as { toJS: (options: object) => Manifest }).toJS({}), file };
      });
    });

const settings = describeSettings();

/** Whether the service knows a variable: a setting, or where the file of a secret one is. */
export const isSetting = (name: string): boolean =>
  settings.some((one) => one.name === name || (one.isSecret && `${one.name}_FILE` === name));

/** What is wrong with the settings of a process that is started so. Files hold an address of their server. */
export const faultsOf = (command: string, env: Readonly<Record<string, string>>): readonly string[] => {
  const isProcess = (name: string): name is ProcessName => (processNames as readonly string[]).includes(name);
  const isRole = (name: string): name is RoleName => (everyRole as readonly string[]).includes(name);
  if (!isProcess(command) && !isRole(command)) return [`There is no command ${command}`];
  const roles = isProcess(command) ? rolesOf(command) : [command];
  const contentOf = (file: string): string =>
    file.includes('redis') ? 'rediss://:secret@redis.data:6380' : 'mongodb://points:secret@mongo.data:27017';
  return readConfig(env, roles, contentOf).faults;
};
