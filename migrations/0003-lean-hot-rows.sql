-- Ids come first in the keys of what a gateway's commands write: they begin with their time, so that new entries go to
-- the end of the index, whosever account it is, and not into a page of each account.

ALTER TABLE journal DROP CONSTRAINT journal_bucket_account_id_command_id_slot_key;
ALTER TABLE journal ADD UNIQUE (command_id, slot, account_id, bucket);

ALTER TABLE reservation DROP CONSTRAINT reservation_pkey;
ALTER TABLE reservation ADD PRIMARY KEY (id, account_id, bucket);

-- A reservation without a body is as its Reserve made it, which the journal tells: most are settled as they are.
ALTER TABLE reservation ALTER COLUMN body DROP NOT NULL;
