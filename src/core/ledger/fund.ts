import { formatAmount, parseAmount } from '../money/amount.js';
import { assetOf } from '../money/asset.js';
import type { AccountBooks, ChargeBooks } from './books.js';
import type { Fund } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { Draft } from './draft.js';
import { type BookedValue, refuse } from './outcome.js';
import { singlePocketId } from './pockets.js';

/** Books a payment: it repays the credit line first, then, by the account's policy, shortfall, and the rest is paid money. */
export function fund(command: Fund, books: AccountBooks, context: Context): Decision<BookedValue> {
  if (!books.account) return refuse('ACCOUNT_NOT_FOUND', 'no account has this id', { field: 'account_id' });
  if (books.account.settings.status === 'CLOSED') return refuse('ACCOUNT_CLOSED', 'the account is closed');
  const earlier = books.references.get(command.reference);
  if (earlier !== undefined) {
    return refuse('REFERENCE_TAKEN', `the reference was funded by command ${earlier}`, {
      field: 'reference',
      details: { command_id: earlier },
    });
  }
  const asset = assetOf(command.asset);
  const parsed = parseAmount(command.amount, asset);
  if (!parsed.ok || parsed.minor === 0n) {
    return refuse('VALIDATION', `expected ${parsed.ok ? 'an amount above 0' : parsed.expected}`, { field: 'amount' });
  }
  const draft = new Draft(books, context.now);
  const line = draft.pocket(singlePocketId(books.accountId, 'credit', asset.code));
  const creditRepaid = line ? smaller(-line.balance, parsed.minor) : 0n;
  if (line) draft.credit('deposit', line.id, creditRepaid);
  const pocket = draft.paidPocket(asset.code);
  draft.credit('deposit', pocket.id, parsed.minor - creditRepaid);
  const collection = books.account.settings.collectShortfall
    ? collect(draft, openShortfalls(books, asset.code), pocket.id, parsed.minor - creditRepaid)
    : { charges: [], paid: 0n };
  return {
    ok: true,
    value: {
      type: 'booked',
      asset: asset.code,
      amount: formatAmount(parsed.minor, asset),
      pocketId: pocket.id,
      balance: formatAmount(draft.pocket(pocket.id)?.balance ?? 0n, asset),
      creditRepaid: formatAmount(creditRepaid, asset),
      shortfallPaid: formatAmount(collection.paid, asset),
    },
    changes: draft.changes({
      charges: collection.charges,
      reference: { reference: command.reference, commandId: command.id },
    }),
  };
}

function openShortfalls(books: AccountBooks, asset: string): ChargeBooks[] {
  const open = [...books.charges.values()].filter((charge) => charge.asset === asset && charge.uncollected > 0n);
  return open.sort((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1));
}

/** Pays shortfall out of a payment, oldest first. */
function collect(
  draft: Draft,
  open: readonly ChargeBooks[],
  pocketId: string,
  amount: bigint,
): { charges: ChargeBooks[]; paid: bigint } {
  const charges: ChargeBooks[] = [];
  let rest = amount;
  for (const charge of open) {
    if (rest === 0n) break;
    const part = smaller(charge.uncollected, rest);
    draft.debit('collected', pocketId, part);
    charges.push({
      ...charge,
      uncollected: charge.uncollected - part,
      collected: [...charge.collected, { pocketId, amount: part }],
    });
    rest -= part;
  }
  return { charges, paid: amount - rest };
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
