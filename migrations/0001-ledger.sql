-- The ledger: buckets, journal, transfers, and the state that the next decision needs.
-- No foreign keys on the hot tables: they cost half of the throughput; the core asserts the links, `verify` proves them.

-- The role that the service runs as. It can append to journal and transfers, and never change or delete what is there.
DO $$
BEGIN
  -- Roles belong to the cluster: another database of it, or an administrator, may have made this one.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollgate_service') THEN
    CREATE ROLE tollgate_service NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- Another database made it at the same moment.
END
$$;

-- One row a bucket: how far its log goes, a random id that the last append wrote, and the last moment it used.
-- The low fillfactor keeps the row's many versions on its page.
CREATE TABLE bucket (
  bucket   integer     PRIMARY KEY CHECK (bucket >= 0),
  position bigint      NOT NULL DEFAULT 0 CHECK (position >= 0),
  head     uuid        NOT NULL DEFAULT gen_random_uuid(),
  now      timestamptz NOT NULL DEFAULT 'epoch'
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- One immutable row for each command that was carried out. The id's first 48 bits are its time, so that an id always
-- falls into the same partition and the unique index holds across all of them.
CREATE TABLE journal (
  bucket     integer     NOT NULL,
  position   bigint      NOT NULL CHECK (position > 0),
  account_id uuid        NOT NULL,
  command_id uuid        NOT NULL,
  slot       text        NOT NULL CHECK (slot IN ('cmd', 'end')),
  type       text        NOT NULL,
  now        timestamptz NOT NULL,
  -- json and not jsonb: the record stays as it was written, and a hot insert need not take it apart.
  body       json        NOT NULL,
  UNIQUE (bucket, account_id, command_id, slot)
) PARTITION BY RANGE (command_id);
CREATE INDEX journal_position ON journal (bucket, position);

-- One immutable row for each movement of money: `debit` gives, `credit` receives. Both are pockets or platform accounts.
CREATE TABLE transfer (
  bucket     integer  NOT NULL,
  position   bigint   NOT NULL,
  line       smallint NOT NULL CHECK (line > 0),
  account_id uuid     NOT NULL,
  command_id uuid     NOT NULL,
  kind       text     NOT NULL,
  debit      uuid     NOT NULL,
  credit     uuid     NOT NULL,
  asset      text     NOT NULL,
  amount     numeric(38, 0) NOT NULL CHECK (amount > 0),
  CHECK (debit <> credit)
) PARTITION BY RANGE (command_id);
CREATE INDEX transfer_position ON transfer (bucket, position, line);

-- The operator's ledger accounts. They have no balance row: their balances are sums of transfers.
CREATE TABLE platform_account (
  id   uuid PRIMARY KEY,
  code text NOT NULL UNIQUE
);
INSERT INTO platform_account (id, code) VALUES
  ('00000000-0000-7000-8000-000000000001', 'custody'),
  ('00000000-0000-7000-8000-000000000002', 'revenue'),
  ('00000000-0000-7000-8000-000000000003', 'promotions'),
  ('00000000-0000-7000-8000-000000000004', 'breakage'),
  ('00000000-0000-7000-8000-000000000005', 'shortfall'),
  ('00000000-0000-7000-8000-000000000006', 'adjustments');

CREATE TABLE account (
  bucket    integer     NOT NULL,
  id        uuid        NOT NULL,
  settings  json        NOT NULL,
  opened_at timestamptz NOT NULL,
  PRIMARY KEY (bucket, id)
);

CREATE TABLE pocket (
  bucket       integer        NOT NULL,
  account_id   uuid           NOT NULL,
  id           uuid           NOT NULL,
  asset        text           NOT NULL,
  kind         text           NOT NULL CHECK (kind IN ('paid', 'grant', 'credit')),
  balance      numeric(38, 0) NOT NULL,
  held         numeric(38, 0) NOT NULL,
  credit_limit numeric(38, 0) NOT NULL,
  expires_at   timestamptz,
  priority     integer        NOT NULL,
  opened_at    timestamptz    NOT NULL,
  -- An expired pocket that holds nothing more is closed: it is kept for its history and never loaded again.
  closed       boolean        NOT NULL DEFAULT false,
  PRIMARY KEY (bucket, account_id, id),
  CHECK (held >= 0 AND held <= balance + credit_limit),
  CHECK (CASE WHEN kind = 'credit' THEN balance <= 0 AND credit_limit >= 0 AND expires_at IS NULL
              ELSE balance >= 0 AND credit_limit = 0 END),
  CHECK (NOT closed OR (balance = 0 AND held = 0))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
-- For the sweeper: pockets whose time has come.
CREATE INDEX pocket_expiry ON pocket (bucket, expires_at) WHERE expires_at IS NOT NULL AND NOT closed;

CREATE TABLE key (
  bucket     integer     NOT NULL,
  account_id uuid        NOT NULL,
  id         uuid        NOT NULL,
  label      text        NOT NULL,
  scope      text        NOT NULL CHECK (scope IN ('inference', 'admin')),
  tier       text        NOT NULL CHECK (tier IN ('sfw', 'uncensored')),
  models     text[],
  expires_at timestamptz,
  revoked_at timestamptz,
  minted_at  timestamptz NOT NULL,
  PRIMARY KEY (bucket, account_id, id)
);

-- Reservations that are held, or expired and not settled. A final one is told by the journal.
CREATE TABLE reservation (
  bucket     integer        NOT NULL,
  account_id uuid           NOT NULL,
  id         uuid           NOT NULL,
  status     text           NOT NULL CHECK (status IN ('HELD', 'EXPIRED')),
  expires_at timestamptz    NOT NULL,
  asset      text           NOT NULL,
  hold       numeric(38, 0) NOT NULL CHECK (hold >= 0),
  charged    numeric(38, 0) NOT NULL CHECK (charged >= 0),
  body       json           NOT NULL,
  PRIMARY KEY (bucket, account_id, id),
  CHECK (status = 'HELD' OR hold = 0)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);
-- For the sweeper, and for what is due on an account before its next command.
CREATE INDEX reservation_due ON reservation (bucket, expires_at, account_id) WHERE status = 'HELD';

-- Charges that were refunded, or that left shortfall: what later refunds and funds must know of them.
CREATE TABLE charge (
  bucket      integer        NOT NULL,
  account_id  uuid           NOT NULL,
  id          uuid           NOT NULL,
  asset       text           NOT NULL,
  opened_at   timestamptz    NOT NULL,
  uncollected numeric(38, 0) NOT NULL CHECK (uncollected >= 0),
  refunded    numeric(38, 0) NOT NULL CHECK (refunded >= 0),
  body        jsonb          NOT NULL,
  PRIMARY KEY (bucket, account_id, id)
);
CREATE INDEX charge_uncollected ON charge (bucket, account_id) WHERE uncollected > 0;

-- The references under which an account was funded, written with the Fund itself.
CREATE TABLE fund_reference (
  bucket     integer NOT NULL,
  account_id uuid    NOT NULL,
  reference  text    NOT NULL,
  command_id uuid    NOT NULL,
  PRIMARY KEY (bucket, account_id, reference)
);

-- Which account an outside reference belongs to: unique over the whole ledger, claimed before the Fund.
CREATE TABLE reference_claim (
  reference  text        PRIMARY KEY,
  account_id uuid        NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now()
);

-- From a key's hash to its account. Immutable, and written before the key is minted.
CREATE TABLE key_directory (
  hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
  account_id uuid  NOT NULL,
  key_id     uuid  NOT NULL
);
CREATE INDEX key_directory_key ON key_directory (key_id);

CREATE TABLE service_token (
  id         uuid        PRIMARY KEY,
  name       text        NOT NULL,
  hash       bytea       NOT NULL UNIQUE CHECK (length(hash) = 32),
  scopes     text[]      NOT NULL CHECK (scopes <@ ARRAY['spend', 'accounts', 'prices', 'finance', 'operator'] AND cardinality(scopes) > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);

CREATE TABLE price_version (
  id             uuid        PRIMARY KEY,
  book           text        NOT NULL,
  version        integer     NOT NULL CHECK (version > 0),
  asset          text        NOT NULL,
  effective_from timestamptz NOT NULL,
  content        jsonb       NOT NULL,
  content_hash   bytea       NOT NULL CHECK (length(content_hash) = 32),
  imported_at    timestamptz NOT NULL DEFAULT now(),
  imported_by    text        NOT NULL,
  UNIQUE (book, version),
  UNIQUE (book, effective_from)
);

-- How far each follower has read each bucket, and which process reads it just now.
CREATE TABLE follower_cursor (
  follower text    NOT NULL,
  bucket   integer NOT NULL,
  position bigint  NOT NULL CHECK (position >= 0),
  PRIMARY KEY (follower, bucket)
) WITH (fillfactor = 50);
CREATE TABLE follower_lease (
  follower text        NOT NULL,
  bucket   integer     NOT NULL,
  holder   uuid        NOT NULL,
  until    timestamptz NOT NULL,
  PRIMARY KEY (follower, bucket)
) WITH (fillfactor = 50);

GRANT SELECT ON ALL TABLES IN SCHEMA public TO tollgate_service;
GRANT UPDATE ON bucket TO tollgate_service;
GRANT INSERT ON journal, transfer TO tollgate_service;
GRANT INSERT, UPDATE ON account, pocket, key, charge TO tollgate_service;
GRANT INSERT, UPDATE, DELETE ON reservation TO tollgate_service;
GRANT INSERT ON fund_reference, reference_claim, key_directory, price_version TO tollgate_service;
GRANT INSERT ON service_token TO tollgate_service;
GRANT UPDATE (revoked_at) ON service_token TO tollgate_service;
GRANT INSERT, UPDATE ON follower_cursor TO tollgate_service;
GRANT INSERT, UPDATE, DELETE ON follower_lease TO tollgate_service;
