import { Module } from '@nestjs/common';
import { KeyDirectory } from './key-directory.js';

/** Customers' keys: from a secret to its account. */
@Module({ providers: [KeyDirectory], exports: [KeyDirectory] })
export class KeysModule {}
