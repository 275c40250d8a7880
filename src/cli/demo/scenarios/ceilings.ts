import type { Desk } from '../desk.js';
import type { Customer } from '../traffic.js';

const MODEL = 'claude-opus-4-5';
const UNCENSORED = 'veil-uncensored';
/** 0.72 dollars of output. */
const LARGE = { input_tokens: '0', output_tokens: '16000' };

/** An account with one dollar: what it may not spend, what it spends all the same, and who pays that. */
export async function ceilings(desk: Desk): Promise<void> {
  const accountId = await desk.openAccount('One Dollar Ltd');
  await desk.fund(accountId, '1', 'wire-1001');
  const customer = await desk.mint(accountId, 'one dollar', { tier: 'CONTENT_TIER_UNCENSORED' });
  const adult = await desk.tryReserve(customer, UNCENSORED, { input_tokens: '10', output_tokens: '10' });
  desk.refused('uncensored model, account of unknown age', 'AGE_VERIFICATION_REQUIRED', adult, {
    field: 'candidates[0].model',
  });

  const first = await desk.reserve(customer, MODEL, LARGE);
  desk.agreement.same('left of one dollar', '0.28', first.available);
  desk.refused(
    'ceiling reached, and funds are held',
    'INSUFFICIENT_BALANCE',
    await desk.tryReserve(customer, MODEL, LARGE),
    {
      details: { reason: 'funds_held', required: '0.72', available: '0.28', held: '0.72' },
    },
  );
  await desk.release(accountId, first.reservationId);
  await shortfall(desk, customer);
  await suspended(desk, customer);
  await leaveShortfall(desk, customer);
}

/** More was used than the account has: it is charged, and the rest is shortfall that the next payment collects. */
async function shortfall(desk: Desk, customer: Customer): Promise<void> {
  const { accountId } = customer;
  const reserved = await desk.reserve(customer, MODEL, LARGE);
  const charged = await desk.settle(accountId, reserved.reservationId, { output_tokens: '40000' });
  desk.agreement.same('used 1.80 of one dollar: shortfall', '0.8', charged.shortfall);
  desk.refused(
    'ceiling reached, and there are no funds',
    'INSUFFICIENT_BALANCE',
    await desk.tryReserve(customer, MODEL, LARGE),
    {
      details: { reason: 'no_funds', required: '0.72', available: '0', held: '0' },
    },
  );
  const booked = await desk.fund(accountId, '3', 'wire-1002');
  desk.agreement.same('a payment after a shortfall: collected', '0.8', booked.shortfallPaid ?? '0');
  await desk.adjust(accountId, '-0.2', 'bank fee');
}

/** A suspended account admits nothing new, and what it has open may be settled. */
async function suspended(desk: Desk, customer: Customer): Promise<void> {
  const { accountId } = customer;
  const open = await desk.reserve(customer, MODEL, LARGE);
  await desk.changeAccount(accountId, { status: 'ACCOUNT_STATUS_SUSPENDED' });
  desk.refused('account is suspended', 'ACCOUNT_SUSPENDED', await desk.tryReserve(customer, MODEL, LARGE));
  await desk.settle(accountId, open.reservationId, { input_tokens: '20', output_tokens: '200' });
  await desk.changeAccount(accountId, { status: 'ACCOUNT_STATUS_ACTIVE' });
}

/** Usage that was told of afterwards cannot be refused; a refund of it reverses first what nobody has paid. */
async function leaveShortfall(desk: Desk, customer: Customer): Promise<void> {
  const charged = await desk.charge(customer, MODEL, { output_tokens: '60000' }, true);
  const refunded = await desk.refund(customer.accountId, charged.chargeId, '0.5');
  desk.agreement.same('refund after a shortfall: reversed', '0.5', refunded.shortfallReversed);
}
