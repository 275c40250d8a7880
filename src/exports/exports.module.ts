import { Module } from '@nestjs/common';
import { JournalModule } from '../journal/journal.module.js';
import { Statements } from './statements.js';

/** What is made for people out of the books. */
@Module({ imports: [JournalModule], providers: [Statements], exports: [Statements] })
export class ExportsModule {}
