import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const CLI = join(import.meta.dirname, '../dist/cli/main.js');

async function demoFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('tollgate-demo-'));
}

test('the demo meets what it should, agrees with the books to the last figure, and leaves nothing behind', async () => {
  const before = await demoFolders();
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'demo', '--requests', '1500', '--seed', '7']);
  expect(stdout).toContain('271 models in 8 categories');
  for (const code of ['INVALID_MODEL', 'AUTHENTICATION_FAILED', 'UNPRICED', 'ACCOUNT_SUSPENDED', 'ID_CONFLICT']) {
    expect(stdout).toContain(code);
  }
  expect(stdout).toMatch(/funds are held +INSUFFICIENT_BALANCE +funds_held/);
  expect(stdout).toMatch(/there are no funds +INSUFFICIENT_BALANCE +no_funds/);
  expect(stdout).toMatch(/Statement of Harbour Resale/);
  expect(stdout).toMatch(/Usage by key/);
  expect(stdout).toMatch(/Usage by model/);
  expect(stdout).toContain('debits and credits are equal');
  expect(stdout).toMatch(/^verify: ok/m);
  expect(stdout).toMatch(/^agreement: all [\d ]+ figures are those of the gateway's own record$/m);
  expect(await demoFolders()).toEqual(before);
}, 120_000);
