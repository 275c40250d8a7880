import { rm } from 'node:fs/promises';

export default async function globalTeardown() {
  const { cluster, dir } = globalThis.tollgateTestCluster;
  await cluster.stop('immediate');
  await rm(dir, { recursive: true, force: true });
}
