import { Module } from '@nestjs/common';
import { Verifier } from './verifier.js';

/** The proof of the books. */
@Module({ providers: [Verifier], exports: [Verifier] })
export class AuditModule {}
