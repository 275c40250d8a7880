import { Module } from '@nestjs/common';
import { TokenStore } from './tokens.js';

/** Service tokens: who may call. */
@Module({ providers: [TokenStore], exports: [TokenStore] })
export class TokensModule {}
