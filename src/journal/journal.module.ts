import { Module } from '@nestjs/common';
import { JournalReader } from './journal-reader.js';

/** Reading the log. Followers make their own `FollowerLoop` on it. */
@Module({ providers: [JournalReader], exports: [JournalReader] })
export class JournalModule {}
