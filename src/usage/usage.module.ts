import { Module } from '@nestjs/common';
import { JournalModule } from '../journal/journal.module.js';
import { UsageFollower } from './usage-follower.js';
import { UsageQueries } from './usage-queries.js';

/** The follower that sums usage up, and the queries that read its sums. */
@Module({ imports: [JournalModule], providers: [UsageFollower, UsageQueries], exports: [UsageFollower, UsageQueries] })
export class UsageModule {}
