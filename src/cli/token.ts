import { type Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../config/config.js';
import { isUuid } from '../core/ledger/ids.js';
import { SCOPES, type Scope } from '../tokens/scope.js';
import { TokenStore } from '../tokens/tokens.js';
import { CommandFailed } from './command-failed.js';
import { withDatabase } from './open-database.js';

export function registerToken(program: Command): void {
  const token = program.command('token').description('service tokens: for gateways, finance and operators');

  token
    .command('mint')
    .description('make a token and print it: it is shown this once')
    .requiredOption('--name <name>', 'what the token is for, as lists show it')
    .requiredOption('--scopes <scopes>', `what it may do, with commas: ${SCOPES.join(', ')}`, parseScopes)
    .action(async ({ name, scopes }: { name: string; scopes: Scope[] }) => {
      await withTokens(async (tokens) => {
        const minted = await tokens.mint({ name, scopes });
        console.error(`token ${minted.id} (${name}: ${scopes.join(', ')}), shown this once:`);
        console.log(minted.token);
      });
    });

  token
    .command('list')
    .description('all tokens, without their secrets')
    .action(async () => {
      await withTokens(async (tokens) => {
        const rows = await tokens.list();
        const lines = rows.map(({ id, name, scopes, createdAt, revokedAt }) => {
          const state = revokedAt ? `revoked ${revokedAt.toISOString()}` : 'good';
          return `${id}  ${createdAt.toISOString()}  ${state}  ${name} (${scopes.join(', ')})`;
        });
        console.log(lines.length > 0 ? lines.join('\n') : 'there are no tokens');
      });
    });

  token
    .command('revoke')
    .description('refuse the token from the next batch on, in every process')
    .argument('<id>', 'the id that mint and list show')
    .action(async (id: string) => {
      await withTokens(async (tokens) => {
        if (!isUuid(id) || !(await tokens.revoke(id))) throw new CommandFailed(`there is no token ${id}`);
        console.log(`revoked ${id}`);
      });
    });
}

function withTokens<T>(work: (tokens: TokenStore) => Promise<T>): Promise<T> {
  return withDatabase(loadConfig(), (database, config) => work(new TokenStore(database, config)));
}

function parseScopes(text: string): Scope[] {
  return text.split(',').map((word) => {
    const scope = SCOPES.find((known) => known === word.trim());
    if (!scope) throw new InvalidArgumentError(`expected some of ${SCOPES.join(', ')}, with commas between`);
    return scope;
  });
}
