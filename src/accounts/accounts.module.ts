import { Module } from '@nestjs/common';
import { Database } from '../db/database.js';
import { BooksReader } from '../ledger/books-reader.js';
import { Ledger } from '../ledger/ledger.js';
import { PRICE_SOURCE, type PriceSource } from '../ledger/price-source.js';
import { Accounts } from './accounts.js';
import { Quotes } from './quotes.js';

/** Accounts, for those who ask: what they are, have, and would pay. */
@Module({
  providers: [
    {
      provide: BooksReader,
      inject: [Database, Ledger, PRICE_SOURCE],
      useFactory: (database: Database, ledger: Ledger, prices: PriceSource) =>
        new BooksReader(database, ledger, prices),
    },
    Accounts,
    Quotes,
  ],
  exports: [Accounts, Quotes],
})
export class AccountsModule {}
