import type { Message, TestClient } from './grpc-client.js';
import { newId } from './ids.js';

/** An account with money and a key. */
export interface Customer {
  readonly accountId: string;
  readonly key: string;
  readonly keyId: string;
}

/** Opens an account, funds it unless the amount is "0", and mints a key for it. */
export async function openCustomer(
  client: TestClient,
  amount = '100',
  settings: Message = {},
  key: Message = {},
): Promise<Customer> {
  const accountId = newId();
  await client.call('AccountService/Open', { id: accountId, settings: { name: 'A customer', ...settings } });
  if (amount !== '0') {
    await client.call('AccountService/Fund', {
      id: newId(),
      accountId,
      asset: 'USD',
      amount,
      reference: `wire ${accountId}`,
    });
  }
  const minted = await client.call('KeyService/Mint', { id: newId(), accountId, label: 'its key', ...key });
  return { accountId, key: String(minted['secret']), keyId: (minted['key'] as { id: string }).id };
}

/** What the account may spend in USD. */
export async function availableOf(client: TestClient, accountId: string): Promise<string> {
  const { balances } = (await client.call('AccountService/GetBalance', { accountId })) as {
    balances?: { available: string }[];
  };
  return balances?.[0]?.available ?? '0';
}

/** Why a call was refused: its code. Fails where it was not. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
  throw new Error('the call was not refused');
}
