import type { Metadata } from '@grpc/grpc-js';
import { Controller, UseFilters } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { Accounts } from '../../accounts/accounts.js';
import { Config } from '../../config/config.js';
import type { Command, MintKey, UpdateKey } from '../../core/ledger/commands.js';
import { ownId } from '../../core/ledger/ids.js';
import { KeyDirectory } from '../../keys/key-directory.js';
import { newSecret } from '../../secrets/secret.js';
import { isEmpty } from '../fields.js';
import { Owners } from '../owners.js';
import { invalid, refused } from '../refused.js';
import { readable } from './definition.js';
import { check } from './dto/check.js';
import { ListKeysDto, MintKeyDto, RevokeKeyDto, UpdateKeyDto } from './dto/key.dto.js';
import { ACCOUNT_STATUS, CONTENT_TIER, KEY_SCOPE, wireName } from './enums.js';
import { keyMessage, readModels } from './key-message.js';
import { RefusedFilter } from './refused.filter.js';
import { Submitter, type UnaryCall } from './submitter.js';

const SERVICE = 'KeyService';
const PAGE_DEFAULT = 100;

/** Before every other id. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

@Controller()
@UseFilters(RefusedFilter)
export class KeyController {
  constructor(
    private readonly submitter: Submitter,
    private readonly accounts: Accounts,
    private readonly keys: KeyDirectory,
    private readonly owners: Owners,
    private readonly config: Config,
  ) {}

  @GrpcMethod(SERVICE, 'Mint')
  async mint(message: object, metadata: Metadata, call: UnaryCall): Promise<object> {
    const command = mintCommand(check(MintKeyDto, message));
    const { accountId } = command;
    if (!(await this.accounts.exists(accountId))) throw noAccount();
    // The directory knows the key before the ledger does, so that a key that was answered can be used at once.
    const secret = newSecret(this.config.KEY_PREFIX);
    await this.keys.claim(secret, accountId, ownId(command, 'key'));
    const { value, replayed } = await this.submitter.submitFor('key', command, metadata, call);
    return { key: keyMessage(value, value.keyId, accountId), replayed, ...(!replayed && { secret }) };
  }

  @GrpcMethod(SERVICE, 'Update')
  update(message: object, metadata: Metadata, call: UnaryCall): Promise<object> {
    return this.change(updateCommand(check(UpdateKeyDto, message)), metadata, call);
  }

  @GrpcMethod(SERVICE, 'Revoke')
  revoke(message: object, metadata: Metadata, call: UnaryCall): Promise<object> {
    const { id, accountId, keyId } = check(RevokeKeyDto, message);
    return this.change(
      { type: 'RevokeKey', id: id.toLowerCase(), accountId: accountId.toLowerCase(), keyId: keyId.toLowerCase() },
      metadata,
      call,
    );
  }

  @GrpcMethod(SERVICE, 'List')
  async list(message: object): Promise<object> {
    const request = check(ListKeysDto, message);
    const { pageSize = PAGE_DEFAULT, pageToken = '' } = request;
    const accountId = request.accountId.toLowerCase();
    const found = await this.keys.list(accountId, pageToken === '' ? FIRST_ID : pageToken, pageSize + 1);
    if (found.length === 0 && !(await this.accounts.exists(accountId))) throw noAccount();
    const page = found.slice(0, pageSize);
    const keys = page.map((key) =>
      keyMessage({ ...key, expiresAt: moment(key.expiresAt), revokedAt: moment(key.revokedAt) }, key.id, accountId),
    );
    return { keys, ...(found.length > pageSize && { nextPageToken: page.at(-1)?.id }) };
  }

  @GrpcMethod(SERVICE, 'Authenticate')
  async authenticate(request: { readonly key?: string }): Promise<object> {
    readable(request);
    const { accountId, keyId } = await this.owners.ofKey({ key: request.key ?? '' });
    const found = await this.accounts.findKey(accountId, keyId);
    const field = 'key';
    if (!found) throw refused('AUTHENTICATION_FAILED', 'the key is not known', { field });
    const { key, account, now } = found;
    if (key.revokedAt !== null) throw refused('AUTHENTICATION_FAILED', 'the key is revoked', { field });
    if (key.expiresAt !== null && key.expiresAt <= now)
      throw refused('AUTHENTICATION_FAILED', 'the key has expired', { field });
    const { status, ageVerified, complianceByAgreement, plan } = account.settings;
    return {
      key: keyMessage(key, keyId, accountId),
      accountStatus: wireName(ACCOUNT_STATUS, status),
      ageVerified,
      complianceByAgreement,
      plan: plan ?? '',
    };
  }

  private async change(command: Command, metadata: Metadata, call: UnaryCall): Promise<object> {
    const { value, replayed } = await this.submitter.submitFor('key', command, metadata, call);
    return { key: keyMessage(value, value.keyId, command.accountId), replayed };
  }
}

function mintCommand(request: MintKeyDto): MintKey {
  const { label = '', scope = 'KEY_SCOPE_INFERENCE', tier = 'CONTENT_TIER_SFW', models, expiresAtMs = null } = request;
  return {
    type: 'MintKey',
    id: request.id.toLowerCase(),
    accountId: request.accountId.toLowerCase(),
    label,
    scope: KEY_SCOPE[scope] ?? 'inference',
    tier: CONTENT_TIER[tier] ?? 'sfw',
    models: models ? readModels(models) : null,
    expiresAt: expiresAtMs,
  };
}

function updateCommand(request: UpdateKeyDto): UpdateKey {
  const { label, tier, models, expiresAtMs } = request;
  const set = {
    ...(label !== undefined && { label }),
    ...(tier !== undefined && { tier: CONTENT_TIER[tier] ?? 'sfw' }),
    ...(models && { models: readModels(models) }),
    ...(expiresAtMs !== undefined && { expiresAt: expiresAtMs === 0 ? null : expiresAtMs }),
  };
  if (isEmpty(set)) throw invalid('label', 'at least one of label, tier, models and expires_at_ms');
  const { id, accountId, keyId } = request;
  return {
    type: 'UpdateKey',
    id: id.toLowerCase(),
    accountId: accountId.toLowerCase(),
    keyId: keyId.toLowerCase(),
    set,
  };
}

function moment(text: string | null): number | null {
  return text === null ? null : Number(text);
}

function noAccount(): Error {
  return refused('ACCOUNT_NOT_FOUND', 'no account has this id', { field: 'account_id' });
}
