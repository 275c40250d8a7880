-- Usage: records and sums, made from the journal by the follower `usage` and by nothing else. Whatever is here can be
-- made again from the journal: empty the three tables, set the follower's cursors back to 0.

-- One row for each journal row that charged, refunded, or ended a reservation that was charged in parts.
CREATE TABLE usage_record (
  bucket      integer        NOT NULL,
  position    bigint         NOT NULL CHECK (position > 0),
  account_id  uuid           NOT NULL,
  key_id      uuid           NOT NULL,
  model       text           NOT NULL,
  kind        text           NOT NULL CHECK (kind IN ('settle', 'interim', 'charge', 'release', 'refund')),
  command_id  uuid           NOT NULL,
  -- What refunds name: the id of the charge, or of the reservation.
  charge_id   uuid           NOT NULL,
  asset       text           NOT NULL,
  -- By how much this row changed what is charged, or how much a refund gave back.
  amount      numeric(38, 0) NOT NULL,
  -- All that is charged under the charge's id so far, or all that refunds gave back of it.
  total       numeric(38, 0) NOT NULL,
  -- By how much the shortfall of the charge changed.
  shortfall   numeric(38, 0) NOT NULL,
  -- By how much what upstream charged grew; null where it was not told.
  cost        numeric(38, 0),
  late        boolean        NOT NULL,
  estimated   boolean        NOT NULL,
  usage_delta jsonb          NOT NULL,
  -- Meters for which the price book had no rate.
  unpriced    jsonb          NOT NULL,
  lines       jsonb          NOT NULL,
  tags        jsonb          NOT NULL,
  -- When it was used, as far as that was told, and when it was booked.
  occurred_at timestamptz    NOT NULL,
  booked_at   timestamptz    NOT NULL,
  PRIMARY KEY (bucket, position)
);

-- Sums by quarter of an hour UTC, which every time zone's hours and days are made of. The time is that of the booking,
-- so that a quarter that is over never changes, whatever is reported late.
CREATE TABLE usage_rollup (
  bucket     integer        NOT NULL,
  account_id uuid           NOT NULL,
  quarter    timestamptz    NOT NULL,
  key_id     uuid           NOT NULL,
  model      text           NOT NULL,
  asset      text           NOT NULL,
  requests   bigint         NOT NULL,
  billed     numeric(38, 0) NOT NULL,
  refunded   numeric(38, 0) NOT NULL,
  shortfall  numeric(38, 0) NOT NULL,
  cost       numeric(38, 0) NOT NULL,
  late       bigint         NOT NULL,
  estimated  bigint         NOT NULL,
  unpriced   bigint         NOT NULL,
  PRIMARY KEY (bucket, account_id, quarter, key_id, model, asset)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);

CREATE TABLE usage_meter (
  bucket     integer         NOT NULL,
  account_id uuid            NOT NULL,
  quarter    timestamptz     NOT NULL,
  key_id     uuid            NOT NULL,
  model      text            NOT NULL,
  asset      text            NOT NULL,
  meter      text            NOT NULL,
  quantity   numeric(50, 12) NOT NULL,
  PRIMARY KEY (bucket, account_id, quarter, key_id, model, asset, meter)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);

GRANT SELECT, INSERT ON usage_record TO tollgate_service;
GRANT SELECT, INSERT, UPDATE ON usage_rollup, usage_meter TO tollgate_service;
