import { Module } from '@nestjs/common';
import { PriceTable } from './price-table.js';
import { PricesService } from './prices.service.js';

/** Price books: their versions, and the table that requests are priced by. */
@Module({ providers: [PricesService, PriceTable], exports: [PricesService, PriceTable] })
export class PricesModule {}
