import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { kafkaLibraries, startKafka } from './kafka.ts';
import { runMaven } from './maven.ts';
import { freePorts } from './ports.ts';
import type { Recipe } from './recipe.ts';

const version = '4.1.0';
/** The version that Kafka's own log4j-core has: a pair of two versions does not log. */
const log4j = '2.24.3';

const dependencies = [
  ['org.apache.kafka', 'kafka_2.13', version],
  ['org.apache.kafka', 'kafka-tools', version],
  ['org.apache.logging.log4j', 'log4j-core', log4j],
  ['org.apache.logging.log4j', 'log4j-slf4j-impl', log4j],
] as const;

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>points</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
${dependencies
  .map(
    ([group, artifact, release]) =>
      `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${release}</version></dependency>`,
  )
  .join('\n')}
  </dependencies>
</project>
`;

/** Shows that it runs on this machine, and makes every later start faster. */
const firstRun = async (software: string): Promise<void> => {
  const dataDir = path.join(software, 'first-run');
  const [broker = 0, controller = 0] = await freePorts(2);
  const [kafka] = await startKafka({
    ...{ software, dataDir, logDir: dataDir, brokers: 1, isFirstRun: true },
    ports: [broker, 0, 0],
    controllerPorts: [controller, 0, 0],
  });
  await kafka?.stop();
  await rm(dataDir, { recursive: true });
};

/** Kafka's jars and all they need, from Maven Central: about 54 MB. */
export const kafkaRecipe: Recipe = {
  name: `Kafka ${version}`,
  folder: `kafka-${version}`,
  insteadOf: 'KAFKA_BROKER',
  install: async (into, report) => {
    await writeFile(path.join(into, 'pom.xml'), pom);
    await runMaven('copy-dependencies', [`-DoutputDirectory=${kafkaLibraries(into)}`], into, report.bytes);
    report.phase('first run');
    await firstRun(into);
  },
};
