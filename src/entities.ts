import { ReferenceClaimEntity } from './accounts/reference-claim.entity.js';
import { KeyOwnerEntity } from './keys/key-owner.entity.js';
import { PriceVersionEntity } from './prices/price.entity.js';
import { ServiceTokenEntity } from './tokens/token.entity.js';

/** Every cold table that is read and written through TypeORM. The money tables are not among them: the engine owns those. */
export const ENTITIES = [KeyOwnerEntity, PriceVersionEntity, ReferenceClaimEntity, ServiceTokenEntity] as const;
