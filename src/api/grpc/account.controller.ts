import type { Metadata } from '@grpc/grpc-js';
import { Controller, UseFilters } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { Accounts } from '../../accounts/accounts.js';
import { Config } from '../../config/config.js';
import type { Command } from '../../core/ledger/commands.js';
import type { BookedValue } from '../../core/ledger/outcome.js';
import { PriceTable } from '../../prices/price-table.js';
import { readAmount, readAsset, readSignedAmount } from '../fields.js';
import { type AccountNamed, Owners } from '../owners.js';
import { refused } from '../refused.js';
import { readChangedSettings, readNewSettings, settingsMessage } from './account-settings.js';
import { balanceMessage } from './balance-message.js';
import { readable } from './definition.js';
import { AdjustDto, FundDto, GetAccountDto, GrantDto, OpenAccountDto, UpdateAccountDto } from './dto/account.dto.js';
import { check } from './dto/check.js';
import { RefusedFilter } from './refused.filter.js';
import { Submitter, type UnaryCall } from './submitter.js';

const SERVICE = 'AccountService';

@Controller()
@UseFilters(RefusedFilter)
export class AccountController {
  constructor(
    private readonly submitter: Submitter,
    private readonly accounts: Accounts,
    private readonly owners: Owners,
    private readonly prices: PriceTable,
    private readonly config: Config,
  ) {}

  @GrpcMethod(SERVICE, 'Open')
  async open(message: object, metadata: Metadata, call: UnaryCall): Promise<object> {
    const request = check(OpenAccountDto, message);
    const id = request.id.toLowerCase();
    const accountId = request.accountId ? request.accountId.toLowerCase() : id;
    const settings = readNewSettings(request.settings, () => this.defaultBooks());
    const { value, replayed } = await this.submitter.submitFor(
      'account',
      { type: 'OpenAccount', id, accountId, settings },
      metadata,
      call,
    );
    return { account: { id: accountId, settings: settingsMessage(value.settings) }, replayed };
  }

  @GrpcMethod(SERVICE, 'Update')
  async update(message: object, metadata: Metadata, call: UnaryCall): Promise<object> {
    const request = check(UpdateAccountDto, message);
    const accountId = request.accountId.toLowerCase();
    const command: Command = {
      type: 'UpdateAccount',
      id: request.id.toLowerCase(),
      accountId,
      set: readChangedSettings(request.set),
    };
    const { value, replayed } = await this.submitter.submitFor('account', command, metadata, call);
    return { account: { id: accountId, settings: settingsMessage(value.settings) }, replayed };
  }

  @GrpcMethod(SERVICE, 'Get')
  async get(message: object): Promise<object> {
    const accountId = check(GetAccountDto, message).accountId.toLowerCase();
    const account = await this.accounts.find(accountId);
    if (!account) throw noAccount();
    return { account: { id: accountId, settings: settingsMessage(account.settings), openedAtMs: account.openedAt } };
  }

  @GrpcMethod(SERVICE, 'GetBalance')
  async getBalance(request: AccountNamed & { readonly asset?: string }): Promise<object> {
    readable(request);
    const only = request.asset ? readAsset(request.asset, 'asset').code : undefined;
    const { accountId } = await this.owners.ofAccount(request);
    const found = await this.accounts.balances(accountId);
    if (!found) throw noAccount();
    const balances = found.balances.filter(({ asset }) => only === undefined || asset === only);
    return { accountId, balances: balances.map(balanceMessage), asOfAtMs: found.now };
  }

  @GrpcMethod(SERVICE, 'Fund')
  async fund(message: object, metadata: Metadata, call: UnaryCall): Promise<object> {
    const request = check(FundDto, message);
    const { id, accountId, asset, amount } = money(request, readAmount);
    const { reference } = request;
    if (!(await this.accounts.exists(accountId))) throw noAccount();
    if ((await this.accounts.claimReference(reference, accountId)) === 'taken') {
      throw refused('REFERENCE_TAKEN', 'the reference belongs to another account', { field: 'reference' });
    }
    return this.book({ type: 'Fund', id, accountId, asset, amount, reference }, metadata, call);
  }

  @GrpcMethod(SERVICE, 'Grant')
  grant(message: object, metadata: Metadata, call: UnaryCall): Promise<object> {
    const request = check(GrantDto, message);
    const { expiresAtMs = null, priority = 0, reason } = request;
    return this.book(
      { type: 'Grant', ...money(request, readAmount), expiresAt: expiresAtMs, priority, reason },
      metadata,
      call,
    );
  }

  @GrpcMethod(SERVICE, 'Adjust')
  adjust(message: object, metadata: Metadata, call: UnaryCall): Promise<object> {
    const request = check(AdjustDto, message);
    const { reason, pocketId } = request;
    const pocket = pocketId ? { pocketId: pocketId.toLowerCase() } : {};
    return this.book({ type: 'Adjust', ...money(request, readSignedAmount), reason, ...pocket }, metadata, call);
  }

  private async book(command: Command, metadata: Metadata, call: UnaryCall): Promise<object> {
    const { value, replayed } = await this.submitter.submitFor('booked', command, metadata, call);
    return { booked: bookedMessage(value, command.accountId), replayed };
  }

  /** The default book in its asset, for an account that is opened without any. */
  private defaultBooks(): Record<string, string> {
    const book = this.config.DEFAULT_PRICE_BOOK;
    const asset = this.prices.list().find((version) => version.book === book)?.asset;
    return { [asset ?? 'USD']: book };
  }
}

interface MoneyDto {
  readonly id: string;
  readonly accountId: string;
  readonly asset?: string;
  readonly amount?: string;
}

/** What all commands have that book money, in canonical form. */
function money(
  request: MoneyDto,
  readIn: typeof readAmount,
): { id: string; accountId: string; asset: string; amount: string } {
  const asset = readAsset(request.asset, 'asset');
  const amount = readIn(request.amount, asset, 'amount');
  return { id: request.id.toLowerCase(), accountId: request.accountId.toLowerCase(), asset: asset.code, amount };
}

function bookedMessage({ type: _type, ...booked }: BookedValue, accountId: string): object {
  return { accountId, ...booked };
}

function noAccount(): Error {
  return refused('ACCOUNT_NOT_FOUND', 'no account has this id', { field: 'account_id' });
}
