/** What a service token may be good for. `operator` may do everything. */
export const SCOPES = ['spend', 'accounts', 'prices', 'finance', 'operator'] as const;

export type Scope = (typeof SCOPES)[number];
