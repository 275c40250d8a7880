import type { Scope } from '../../tokens/scope.js';

/** What a method needs of its caller. */
export interface Access {
  /** One of these scopes is needed; a token with `operator` needs none of them. */
  readonly scopes: readonly Scope[];
  /** True where all that the method writes is a command, for which the engine looks at the token once more. */
  readonly command: boolean;
}

const command = (...scopes: Scope[]): Access => ({ scopes, command: true });
const read = (...scopes: Scope[]): Access => ({ scopes, command: false });

/** Who may call what. A method that is not here may be called by nobody. */
export const ACCESS: Readonly<Record<string, Access>> = {
  '/tollgate.v1.SpendService/Quote': read('spend'),
  '/tollgate.v1.SpendService/Reserve': command('spend'),
  '/tollgate.v1.SpendService/Settle': command('spend'),
  '/tollgate.v1.SpendService/Release': command('spend'),
  '/tollgate.v1.SpendService/Extend': command('spend'),
  '/tollgate.v1.SpendService/Charge': command('spend'),
  '/tollgate.v1.SpendService/Refund': command('spend'),
  '/tollgate.v1.SpendService/GetReservation': read('spend'),
  // A stream lives long: it looks at its token itself, again and again.
  '/tollgate.v1.SpendService/Pipeline': read('spend'),
  '/tollgate.v1.AccountService/Open': command('accounts'),
  '/tollgate.v1.AccountService/Update': command('accounts'),
  '/tollgate.v1.AccountService/Get': read('accounts'),
  '/tollgate.v1.AccountService/GetBalance': read('spend', 'accounts', 'finance'),
  // Fund and Mint write a claim before their command, so their token is looked at as for a read.
  '/tollgate.v1.AccountService/Fund': read('accounts'),
  '/tollgate.v1.AccountService/Grant': command('accounts'),
  '/tollgate.v1.AccountService/Adjust': command(),
  '/tollgate.v1.AccountService/Statement': read('finance'),
  '/tollgate.v1.KeyService/Mint': read('accounts'),
  '/tollgate.v1.KeyService/Update': command('accounts'),
  '/tollgate.v1.KeyService/List': read('accounts'),
  '/tollgate.v1.KeyService/Revoke': command('accounts'),
  '/tollgate.v1.KeyService/Authenticate': read('accounts', 'spend'),
  // An import is no command of the ledger: nothing looks at the token again.
  '/tollgate.v1.PriceService/Import': read('prices'),
  '/tollgate.v1.PriceService/List': read('prices'),
  '/tollgate.v1.PriceService/Get': read('prices'),
  '/tollgate.v1.UsageService/Query': read('finance'),
  '/tollgate.v1.AuditService/Verify': read(),
  '/tollgate.v1.AuditService/TrialBalance': read('finance'),
};

/** Services that tell nothing of anybody's money, and ask for no token. */
const OPEN = [
  '/grpc.health.v1.Health/',
  '/grpc.reflection.v1.ServerReflection/',
  '/grpc.reflection.v1alpha.ServerReflection/',
];

export function isOpen(path: string): boolean {
  return OPEN.some((service) => path.startsWith(service));
}

export function mayCall(access: Access, scopes: ReadonlySet<Scope>): boolean {
  return scopes.has('operator') || access.scopes.some((scope) => scopes.has(scope));
}
