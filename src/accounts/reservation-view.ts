import type { AccountBooks, Recorded } from '../core/ledger/books.js';
import type { Candidate, Reserve, Tags } from '../core/ledger/commands.js';
import { endOf } from '../core/ledger/open-reservation.js';
import type { ReservationStatus } from '../core/ledger/outcome.js';
import { sumShares } from '../core/ledger/pockets.js';
import { statusOf } from '../core/ledger/replay.js';
import { formatAmount } from '../core/money/amount.js';
import { assetOf } from '../core/money/asset.js';

/** What a reservation is now. Amounts are decimal strings. */
export interface ReservationView {
  readonly reservationId: string;
  readonly status: ReservationStatus;
  /** Null where a Release came before any Reserve, of which nothing is known then. */
  readonly keyId: string | null;
  readonly asset: string | null;
  readonly hold: string;
  readonly charged: string;
  /** Null once it is final. */
  readonly expiresAt: number | null;
  readonly candidates: readonly Candidate[];
  readonly priceVersionId: string | null;
  readonly tags: Tags;
}

/** Finds a reservation: an open one by its row, a final one by what the journal says of it. */
export function findReservation(books: AccountBooks, id: string): ReservationView | undefined {
  const open = books.reservations.get(id);
  if (open) {
    const asset = assetOf(open.asset);
    return {
      reservationId: id,
      status: open.status,
      keyId: open.keyId,
      asset: open.asset,
      hold: formatAmount(sumShares(open.holds), asset),
      charged: formatAmount(open.charged, asset),
      expiresAt: open.expiresAt,
      candidates: open.candidates,
      priceVersionId: open.priceVersionId,
      tags: open.tags,
    };
  }
  const end = endOf(books, id);
  return end && ended(books, id, end);
}

function ended(books: AccountBooks, id: string, { value }: Recorded): ReservationView | undefined {
  if (value.type !== 'charged' && value.type !== 'released') return undefined;
  const begin = books.recorded(id, 'cmd');
  const made = begin?.value.type === 'reservation' ? begin.value : undefined;
  const asked = (made && begin?.asked) as Pick<Reserve, 'candidates' | 'tags'> | undefined;
  return {
    reservationId: id,
    status: statusOf(id, books),
    keyId: value.keyId,
    asset: value.asset,
    hold: '0',
    charged: value.total,
    expiresAt: null,
    candidates: asked?.candidates ?? [],
    priceVersionId: made?.priceVersionId ?? null,
    tags: (value.type === 'charged' ? value.tags : undefined) ?? asked?.tags ?? {},
  };
}
