import { adjust } from './adjust.js';
import type { AccountBooks } from './books.js';
import { charge } from './charge.js';
import type { JournaledCommand } from './commands.js';
import type { Context } from './context.js';
import type { Decision } from './decision.js';
import { expireHold } from './expire-hold.js';
import { expirePocket } from './expire-pocket.js';
import { extend } from './extend.js';
import { fund } from './fund.js';
import { grant } from './grant.js';
import { mintKey } from './mint-key.js';
import { openAccount } from './open-account.js';
import { refund } from './refund.js';
import { release } from './release.js';
import { reserve } from './reserve.js';
import { revokeKey } from './revoke-key.js';
import { settle } from './settle.js';
import { updateAccount } from './update-account.js';
import { updateKey } from './update-key.js';

/** The number of the rules in force: journaled with every row, so that a replay is made by the rules of its time. */
export const RULES = 1;

/** Decides one command on the books as they are. Pure: the same arguments always give the same answer. */
export function decide(command: JournaledCommand, books: AccountBooks, context: Context): Decision {
  switch (command.type) {
    case 'OpenAccount':
      return openAccount(command, books, context);
    case 'UpdateAccount':
      return updateAccount(command, books, context);
    case 'MintKey':
      return mintKey(command, books, context);
    case 'UpdateKey':
      return updateKey(command, books);
    case 'RevokeKey':
      return revokeKey(command, books, context);
    case 'Fund':
      return fund(command, books, context);
    case 'Grant':
      return grant(command, books, context);
    case 'Adjust':
      return adjust(command, books, context);
    case 'Reserve':
      return reserve(command, books, context);
    case 'Settle':
      return settle(command, books, context);
    case 'Release':
      return release(command, books, context);
    case 'Extend':
      return extend(command, books, context);
    case 'Charge':
      return charge(command, books, context);
    case 'Refund':
      return refund(command, books, context);
    case 'ExpireHold':
      return expireHold(command, books, context);
    case 'ExpirePocket':
      return expirePocket(command, books, context);
    default:
      return command satisfies never;
  }
}
