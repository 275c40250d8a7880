/** Quantities by meter, as canonical decimal strings: `{ "input_tokens": "1200" }`. */
export type Quantities = Readonly<Record<string, string>>;

/** What selects a rate but is not counted: `{ "resolution": "720p" }`. */
export type Dimensions = Readonly<Record<string, string>>;

/** One line of a price: a meter, how much of it, at which rate, and what that comes to. All numbers are decimal strings. */
export interface PriceLine {
  readonly meter: string;
  readonly quantity: string;
  /** The rate is `price` for every `per` of the meter; markup is already in it. */
  readonly price: string;
  readonly per: string;
  /** Rounded once, to the scale of the book's asset. */
  readonly amount: string;
}

export interface Price {
  readonly lines: readonly PriceLine[];
  /** Minor units of the book's asset: the sum of the lines, after the model's minimum charge. */
  readonly total: bigint;
}

/** The price of the worst case of a request, and the quantities it was taken for: the gateway's cap. */
export interface HeldPrice extends Price {
  readonly quantities: Quantities;
}

/** The price of usage that has happened; meters without a rate are named, not priced. */
export interface UsagePrice extends Price {
  readonly unpriced: readonly string[];
}

export type PriceRefusal = {
  readonly ok: false;
  readonly code: 'UNPRICED' | 'VALIDATION';
  /** The path below the candidate: `quantities.output_tokens`, `dimensions.resolution`. */
  readonly field: string;
  readonly message: string;
  readonly allowed?: readonly string[];
};

export type PriceResult<T> = { readonly ok: true; readonly price: T } | PriceRefusal;
