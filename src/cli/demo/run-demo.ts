import { Agreement } from './agreement.js';
import { type AccountBooks, readAccount, readTrialBalance, verify } from './books.js';
import { readCatalogue, sortModels } from './catalogue.js';
import { ClientRecord } from './client-record.js';
import { compareAccount, compareTrialBalance } from './compare.js';
import { Connection } from './connection.js';
import { Desk } from './desk.js';
import { Latencies } from './latencies.js';
import { type Book, OwnPrices } from './own-prices.js';
import { Pipeline } from './pipeline.js';
import { Progress } from './progress.js';
import { Random } from './random.js';
import * as report from './report.js';
import { ceilings } from './scenarios/ceilings.js';
import { Courses } from './scenarios/courses.js';
import { Promotions } from './scenarios/promotions.js';
import { meetRefusals } from './scenarios/refusals.js';
import { DemoService } from './service.js';
import { grouped } from './table.js';
import { type Customer, Traffic } from './traffic.js';
import { Workload } from './workload.js';

export interface DemoOptions {
  readonly requests: number;
  readonly inFlight: number;
  readonly seed: number;
}

/** The reseller that most of the demo is about, and the keys of its customers. */
interface Reseller {
  readonly accountId: string;
  readonly name: string;
  readonly customers: readonly [Customer, Customer, Customer];
}

const FIRST_PAYMENT = 'wire-0001';
const DISAGREEMENTS_SHOWN = 20;
const seconds = (sinceMs: number): string => ((performance.now() - sinceMs) / 1000).toFixed(1);

/**
 * Acts as a gateway of a service that it starts for itself, and compares the books with its own record.
 *
 * @returns whether every figure agrees
 */
export async function runDemo(service: DemoService, options: DemoOptions): Promise<boolean> {
  const progress = new Progress(process.stdout);
  const startedAt = performance.now();
  progress.done('Starting the service on a PostgreSQL of its own, with the sample catalogue ...');
  const { address, token } = await service.start();
  const gatewayToken = await service.mintToken('gateway', 'spend');
  progress.done(`  it serves gRPC on ${address} after ${seconds(startedAt)} s`);

  const connections = [token, gatewayToken, 'tg_nobody'].map((secret) => new Connection(address, secret));
  const [operator, gateway, stranger] = connections as [Connection, Connection, Connection];
  const agreement = new Agreement();
  const book = await readCatalogue(operator, agreement);
  progress.done(
    `  its price book has ${book.models.length} models in ${new Set(book.models.map(({ category }) => category)).size} categories`,
  );
  const prices = new OwnPrices(book);
  const desk = new Desk(operator, prices, new ClientRecord(prices, agreement), agreement);

  const reseller = await openReseller(desk);
  progress.done(
    `Opened and funded ${reseller.name}, with keys for ${reseller.customers.map(({ name }) => name).join(', ')}`,
  );
  const courses = new Courses(desk, reseller.customers[0]);
  const promotions = new Promotions(desk);
  await Promise.all([courses.begin(), promotions.begin(), ceilings(desk)]);
  const [anyModel] = reseller.customers;
  await meetRefusals(desk, {
    accountId: reseller.accountId,
    anyModel,
    usedReference: FIRST_PAYMENT,
    gateway,
    stranger,
  });

  const speed = await sendTraffic(gateway, desk, book, reseller, options, progress);
  await Promise.all([courses.end(), promotions.end()]);
  progress.done(report.courseReport(courses.met) + report.refusalReport(desk.refusals) + speed);
  const agreed = await proveBooks(operator, desk, reseller, progress);
  for (const connection of connections) connection.close();
  progress.done(`The demo took ${seconds(startedAt)} s.`);
  return agreed;
}

async function openReseller(desk: Desk): Promise<Reseller> {
  const name = 'Harbour Resale';
  const accountId = await desk.openAccount(name, { complianceByAgreement: true });
  await desk.fund(accountId, '6000', FIRST_PAYMENT);
  await desk.fund(accountId, '4000', 'wire-0002');
  await desk.grant(accountId, '25', 30 * 24 * 60 * 60 * 1000, 'welcome');
  const customers = [
    await desk.mint(accountId, 'Ada Studio'),
    await desk.mint(accountId, 'Bob Bots'),
    await desk.mint(accountId, 'Cleo After Dark', { tier: 'CONTENT_TIER_UNCENSORED' }),
  ] as const;
  return { accountId, name, customers };
}

async function sendTraffic(
  gateway: Connection,
  desk: Desk,
  book: Book,
  reseller: Reseller,
  options: DemoOptions,
  progress: Progress,
): Promise<string> {
  const { requests, inFlight, seed } = options;
  progress.done(`Sending ${grouped(requests)} requests (seed ${seed}), ${inFlight} at a time, over one stream ...`);
  const latencies = new Latencies();
  const pipeline = new Pipeline(gateway, latencies);
  const traffic = new Traffic(pipeline, reseller.customers, desk.prices, desk.record, desk.agreement);
  const workload = new Workload(sortModels(book.models), new Random(seed));
  const startedAt = performance.now();
  const { tally } = traffic;
  const shown = () =>
    progress.show(
      () =>
        `${grouped(tally.requests)} of ${grouped(requests)} requests, ${grouped(latencies.count)} commands, ${seconds(startedAt)} s`,
    );
  const timer = setInterval(shown, 100);
  try {
    await traffic.run(requests, inFlight, () => workload.next());
  } finally {
    clearInterval(timer);
  }
  const tookSeconds = (performance.now() - startedAt) / 1000;
  await pipeline.close();
  const { interim, released, extended, refunded, repeated, refused } = tally;
  progress.done(
    `  done: ${grouped(interim)} interim settles, ${released} releases, ${extended} extensions, ${refunded} refunds, ` +
      `${repeated} commands sent twice, ${refused} refused for want of a price`,
  );
  return report.speedReport(latencies, tookSeconds, inFlight);
}

/** Reads everything back, prints it, and compares it with the gateway's own record. */
async function proveBooks(operator: Connection, desk: Desk, reseller: Reseller, progress: Progress): Promise<boolean> {
  const { agreement, record } = desk;
  const nowMs = Date.now();
  for (const [accountId, account] of record.accounts) {
    const books = await readAccount(operator, accountId);
    compareAccount(agreement, account, books, nowMs);
    if (accountId === reseller.accountId) showAccount(reseller, books, progress);
  }
  const trial = await readTrialBalance(operator);
  compareTrialBalance(agreement, record, trial, nowMs);
  progress.done(report.trialReport(trial));
  const verification = await verify(operator, (text) => progress.show(() => `verify: ${text}`));
  agreement.same('verify: ok', true, verification.ok);
  progress.done(report.verifyReport(verification));
  return conclude(agreement, progress);
}

function showAccount({ name, customers }: Reseller, books: AccountBooks, progress: Progress): void {
  const keyName = (keyId: string) => customers.find((customer) => customer.keyId === keyId)?.name ?? keyId;
  progress.done(report.statementReport(name, books.statement) + report.balanceReport(name, books));
  progress.done(report.keyReport(books.byKey, keyName).trimStart());
  progress.done(report.modelReport(books.byModel).trimStart().trimEnd());
}

function conclude({ compared, disagreements }: Agreement, progress: Progress): boolean {
  if (disagreements.length === 0) {
    progress.done(`agreement: all ${grouped(compared)} figures are those of the gateway's own record`);
    return true;
  }
  progress.done(
    `agreement: ${disagreements.length} of ${grouped(compared)} figures DISAGREE with the gateway's own record`,
  );
  for (const { what, expected, got } of disagreements.slice(0, DISAGREEMENTS_SHOWN))
    progress.done(`  ${what}: expected ${expected}, got ${got}`);
  if (disagreements.length > DISAGREEMENTS_SHOWN)
    progress.done(`  ... and ${disagreements.length - DISAGREEMENTS_SHOWN} more`);
  return false;
}
