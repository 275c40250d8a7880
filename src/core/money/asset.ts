/** A unit of account. Amounts of it are integers of `10^-scale`. */
export interface Asset {
  readonly code: string;
  readonly scale: number;
}

const USD: Asset = { code: 'USD', scale: 9 };
const CREDIT: Asset = { code: 'CREDIT', scale: 3 };

/** Every asset that Tollgate keeps books in. A scale is never changed: stored amounts mean minor units. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([USD, CREDIT].map((asset) => [asset.code, asset]));

/** The asset of that code; throws for a code that the edge should have refused. */
export function assetOf(code: string): Asset {
  const asset = ASSETS.get(code);
  if (!asset) throw new Error(`no asset ${code}`);
  return asset;
}
