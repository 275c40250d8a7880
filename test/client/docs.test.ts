import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { transform } from '@swc/core';
import { type Customer, openCustomer } from '../support/customer.js';
import type { TestClient } from '../support/grpc-client.js';
import { startTestService, type TestService } from '../support/service.js';
import { spendToken } from './support.js';

const ROOT = new URL('../../', import.meta.url);

describe('docs/client.md', () => {
  let service: TestService;
  let admin: TestClient;
  let customer: Customer;

  beforeAll(async () => {
    service = await startTestService();
    admin = await service.client();
    customer = await openCustomer(admin);
  });

  afterAll(async () => {
    await service?.stop();
  });

  test('its examples run, one after another, as they are printed', async () => {
    const page = await readFile(new URL('docs/client.md', ROOT), 'utf8');
    const examples = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
    expect(examples.length).toBeGreaterThan(4);
    const { code } = await transform(examples.join('\n'), {
      swcrc: false,
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    });
    const { status, output } = await run(code, {
      TOLLGATE_ADDRESS: `127.0.0.1:${service.port}`,
      TOLLGATE_TOKEN: await spendToken(service),
      CUSTOMER_KEY: customer.key,
    });
    expect({ status, output }).toMatchObject({ status: 0, output: expect.stringMatching(/USD\n[\d.]+ true\n402 /) });
    const { balances } = (await admin.call('AccountService/GetBalance', { accountId: customer.accountId })) as {
      balances: { held?: string }[];
    };
    expect(balances[0]?.held ?? '0').toBe('0');
  });
});

/** Runs a module in a process of its own, in the package's folder. */
function run(code: string, env: Readonly<Record<string, string>>): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, ['--input-type=module'], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  child.stdin.end(code);
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, output })));
}
