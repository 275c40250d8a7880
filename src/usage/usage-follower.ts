import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../db/database.js';
import { FollowerLoop } from '../journal/follower-loop.js';
import { JournalReader } from '../journal/journal-reader.js';
import { foldUsage } from './fold-usage.js';
import { addIncrements, insertRecords } from './usage.store.js';

/** The follower's name in the cursors. */
export const USAGE_FOLLOWER = 'usage';

/** Makes usage records and their sums from the journal. */
@Injectable()
export class UsageFollower implements OnApplicationShutdown {
  private readonly loop: FollowerLoop;

  constructor(database: Database, reader: JournalReader) {
    this.loop = new FollowerLoop(database, reader, {
      follower: USAGE_FOLLOWER,
      handle: async (client, _bucket, entries) => {
        const { records, increments } = foldUsage(entries);
        await insertRecords(client, records);
        await addIncrements(client, increments);
      },
    });
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  /** Says that the journal may have grown. */
  wake(): void {
    this.loop.wake();
  }

  onApplicationShutdown(): Promise<void> {
    return this.stop();
  }
}
