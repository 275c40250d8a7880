import 'reflect-metadata';
import { plainToInstance, Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, validateSync } from 'class-validator';

export const ROLES = ['all', 'api', 'followers', 'sweeper'] as const;
export type Role = (typeof ROLES)[number];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const POSTGRES_URL = /^postgres(ql)?:\/\/\S+$/;
const SECRET_PREFIX = /^[a-z0-9]{1,12}_$/;

/** Everything that can be configured. Each key is an environment variable of the same name, and each is optional. */
export class Config {
  /** The PostgreSQL (15 or newer) that holds the ledger. Absent: an embedded one is started in `DATA_DIR`. */
  @IsOptional()
  @Matches(POSTGRES_URL, { message: 'a URL such as postgres://user:password@host:5432/tollgate' })
  readonly DATABASE_URL?: string;

  /** The login that owns the tables, for migrations and partitions. `DATABASE_URL` unless said otherwise. */
  @IsOptional()
  @Matches(POSTGRES_URL, { message: 'a URL such as postgres://owner:password@host:5432/tollgate' })
  readonly DATABASE_MIGRATION_URL?: string;

  /** The folder of the embedded database. */
  @IsString({ message: 'the path of a folder' })
  readonly DATA_DIR: string = '.tollgate';

  /** The address that gRPC listens on. */
  @IsString({ message: 'an address to listen on, such as 127.0.0.1 or 0.0.0.0' })
  readonly GRPC_HOST: string = '127.0.0.1';

  /** The port that gRPC listens on; 0 takes a free one. */
  @WholeNumber(0, 65_535)
  readonly GRPC_PORT: number = 50_051;

  /** How many lanes there are: each serves a share of the buckets on a connection of its own, with two batches in flight. */
  @WholeNumber(1, 64)
  readonly LANES: number = 1;

  /** The most commands in one batch. */
  @WholeNumber(1, 10_000)
  readonly BATCH_MAX: number = 1_000;

  /** How many commands may wait over all lanes; one more is refused as `RESOURCE_EXHAUSTED`. */
  @WholeNumber(1, 1_000_000)
  readonly QUEUE_MAX: number = 10_000;

  /** The most accounts whose books are kept in memory, over all lanes: about 2 KB each. Others are read when needed. */
  @WholeNumber(1, 10_000_000)
  readonly CACHE_ACCOUNTS_MAX: number = 50_000;

  /** The most open reservations that are kept in memory, over all lanes: about 1 KB each. Others are read when needed. */
  @WholeNumber(1, 10_000_000)
  readonly CACHE_RESERVATIONS_MAX: number = 200_000;

  /** How many buckets the ledger gets at its first migration. Never changed afterwards, whatever is said here. */
  @WholeNumber(1, 4_096)
  readonly BUCKETS: number = 32;

  /** Milliseconds between two looks at the price versions in force. */
  @WholeNumber(100, 3_600_000)
  readonly PRICE_REFRESH_MS: number = 10_000;

  /** The price book of an account that was opened without one. */
  @Matches(/^[a-z0-9][a-z0-9_-]{0,62}$/, { message: 'the name of a price book: lower-case letters, digits, - and _' })
  readonly DEFAULT_PRICE_BOOK: string = 'nightveil';

  /** What the secret of a customer's key begins with. */
  @Matches(SECRET_PREFIX, { message: 'one to twelve lower-case letters or digits, then _' })
  readonly KEY_PREFIX: string = 'nv_';

  /** What the secret of a service token begins with. */
  @Matches(SECRET_PREFIX, { message: 'one to twelve lower-case letters or digits, then _' })
  readonly TOKEN_PREFIX: string = 'tg_';

  @IsIn(LOG_LEVELS, { message: `one of ${LOG_LEVELS.join(', ')}` })
  readonly LOG_LEVEL: LogLevel = 'info';

  /** Which parts this process runs. */
  @IsIn(ROLES, { message: `one of ${ROLES.join(', ')}` })
  readonly ROLE: Role = 'all';

  /** Milliseconds that a command waits for a lost database before it is refused as `UNAVAILABLE`. */
  @WholeNumber(0, 600_000)
  readonly OUTAGE_WAIT_MS: number = 10_000;

  /** Milliseconds between two looks for overdue holds and expired pockets. */
  @WholeNumber(10, 3_600_000)
  readonly SWEEP_INTERVAL_MS: number = 1_000;

  /** Milliseconds that open calls have to finish after SIGTERM. */
  @WholeNumber(0, 600_000)
  readonly SHUTDOWN_GRACE_MS: number = 10_000;

  /** For the command line: the service token that `tollgate call` shows. */
  @IsOptional()
  @IsString({ message: 'a service token' })
  readonly TOLLGATE_TOKEN?: string;
}

/** The configuration has bad keys; `problems` has one line for each, with what was expected. Values are not repeated: some are secret. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`the configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Reads and checks the configuration. The one place that reads the environment. An empty value is as good as none. */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const known = Object.keys(new Config()).concat('DATABASE_URL', 'DATABASE_MIGRATION_URL', 'TOLLGATE_TOKEN');
  const given = known.flatMap((key) => (env[key] ? [[key, env[key]] as const] : []));
  const config = plainToInstance(Config, Object.fromEntries(given));
  const errors = validateSync(config, { stopAtFirstError: true });
  if (errors.length > 0) {
    throw new ConfigError(
      errors.map(({ property, constraints = {} }) => `${property}: expected ${Object.values(constraints)[0]}`),
    );
  }
  return config;
}

function WholeNumber(min: number, max: number): PropertyDecorator {
  const message = `a whole number from ${min} to ${max}`;
  return (target, key) => {
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
    )(target, key);
    IsInt({ message })(target, key as string);
    Min(min, { message })(target, key as string);
    Max(max, { message })(target, key as string);
  };
}
