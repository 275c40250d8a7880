import type { ServerDuplexStream } from '@grpc/grpc-js';
import { type Refusal, refuse } from '../../core/ledger/outcome.js';
import type { Ledger, SubmitOptions } from '../../ledger/ledger.js';
import { invalid } from '../refused.js';
import { type CallContext, submitOptions } from './call-context.js';
import { unreadable } from './definition.js';
import type { Faults } from './faults.js';
import { roughSize } from './message-size.js';
import { spendAnswer } from './spend-answers.js';
import type { SpendCommands } from './spend-commands.js';
import type { PipelineCommand, PipelineRequest, SpendKind } from './spend-requests.js';
import { errorMessage, statusOf } from './status-details.js';

const COMMANDS_IN_MESSAGE_MAX = 1000;

/** The server reads no more of a stream while this many of its commands are unanswered. */
const UNANSWERED_MAX = 4096;

/** And begins to read again below this. */
const UNANSWERED_RESUME = 2048;

/** The same in bytes, by their rough size: of the commands that are unanswered, and of the answers not taken. */
const HELD_BYTES_MAX = 8 * 1024 * 1024;
const HELD_BYTES_RESUME = HELD_BYTES_MAX / 2;

const ANSWERS_IN_MESSAGE_MAX = 500;

/** The rough size of a message of answers: at four times as much it is still one that clients accept, of 4 MiB. */
const MESSAGE_BYTES_MAX = 768 * 1024;

/** How often a stream's token is looked at, in milliseconds, while the stream is used. */
const TOKEN_CHECK_MS = 500;

/** An answer that is not sent yet. */
interface Answer {
  readonly message: object;
  readonly size: number;
}

/**
 * One stream of commands. Each is submitted as it arrives and answered as it commits; all that was answered within one
 * turn of the event loop goes out together. What is unanswered, or answered and not taken, is bounded in number and in
 * size: past the bound the stream is not read.
 */
export class PipelineStream {
  private unanswered = 0;
  /** How large that is which came and is unanswered, or was answered and is not taken. */
  private heldBytes = 0;
  /** The numbers of the commands under way. */
  private readonly correlations = new Set<number>();
  private answers: Answer[] = [];
  private flushing = false;
  private blocked = false;
  private readingEnded = false;
  /** Set once nothing more is accepted: what the stream will end with when all is answered. */
  private failure: Refusal | undefined;
  private closed = false;
  private tokenCheckedAtMs = performance.now();
  private readonly options: SubmitOptions;

  constructor(
    private readonly call: ServerDuplexStream<PipelineRequest, object>,
    private readonly context: CallContext,
    private readonly commands: SpendCommands,
    private readonly ledger: Ledger,
    private readonly faults: Faults,
    /** Looks whether the stream's token is still good: undefined if so. */
    private readonly checkToken: () => Promise<Refusal | undefined>,
    /** Called once the stream is over, however it ended. */
    private readonly onClosed: () => void,
  ) {
    this.options = { ...submitOptions(context, call.getDeadline()), source: `stream:${context.requestId}` };
  }

  open(): void {
    const { call } = this;
    call.on('data', (message) => this.receive(message));
    call.on('end', () => this.endReading());
    call.on('drain', () => {
      this.blocked = false;
      this.flush();
      this.pace();
    });
    call.on('cancelled', () => {
      this.closed = true;
      this.onClosed();
    });
  }

  /** Accepts nothing more, answers what was accepted, and ends with the refusal. */
  end(refusal: Refusal): void {
    this.failure ??= refusal;
    this.flush();
  }

  private receive(message: PipelineRequest): void {
    if (this.failure || this.closed) return;
    const refusal = refusalOfMessage(message) ?? this.expectOwnNumbers(message.commands ?? []);
    if (refusal) {
      this.end(refusal);
      return;
    }
    this.watchToken();
    const commands = message.commands ?? [];
    this.unanswered += commands.length;
    for (const command of commands) void this.carryOut(command);
    this.pace();
  }

  /** Notes the commands' numbers. One that is under way already would leave two answers that nobody can tell apart. */
  private expectOwnNumbers(commands: readonly PipelineCommand[]): Refusal | undefined {
    for (const [index, { correlation = 0 }] of commands.entries()) {
      if (this.correlations.has(correlation)) {
        const message = `expected a number that no command under way has, not ${correlation}`;
        return refuse('VALIDATION', message, { field: `commands[${index}].correlation` });
      }
      this.correlations.add(correlation);
    }
    return undefined;
  }

  private async carryOut(command: PipelineCommand): Promise<void> {
    const commandSize = roughSize(command);
    this.heldBytes += commandSize;
    const { requestId } = this.context;
    const answer = await this.answerTo(command).catch((error: unknown) => this.faults.refusalOf(error, requestId));
    const told = 'code' in answer ? { error: errorMessage(answer, requestId) } : answer;
    const { correlation = 0 } = command;
    const message = { correlation, ...told };
    const size = roughSize(message);
    this.heldBytes += size - commandSize;
    this.correlations.delete(correlation);
    this.answers.push({ message, size });
    this.flushSoon();
  }

  /** The field of PipelineAnswer that answers the command, or why it was refused. */
  private async answerTo(command: PipelineCommand): Promise<Refusal | Partial<Record<SpendKind | 'quote', object>>> {
    const kind = command.command;
    if (kind === 'quote') return { quote: await this.commands.quote(command.quote ?? {}) };
    const request = kind && command[kind];
    if (!request) throw invalid('command', 'one of reserve, settle, release, extend, charge, refund and quote');
    const options = this.optionsOf(command);
    const made = await this.commands.make(kind, request);
    const outcome = await this.ledger.submit(made, options);
    return outcome.ok ? { [kind]: spendAnswer(made, outcome) } : outcome;
  }

  private optionsOf({ deadlineMs }: PipelineCommand): SubmitOptions {
    if (deadlineMs === undefined) return this.options;
    const own = Date.now() + deadlineMs;
    const { deadlineMs: ofStream } = this.options;
    return { ...this.options, deadlineMs: ofStream === undefined ? own : Math.min(own, ofStream) };
  }

  private flushSoon(): void {
    if (this.flushing) return;
    this.flushing = true;
    setImmediate(() => {
      this.flushing = false;
      this.flush();
    });
  }

  private flush(): void {
    if (this.closed) return;
    while (this.answers.length > 0 && !this.blocked) {
      const { count, size } = this.nextMessage();
      const answers = this.answers.splice(0, count).map(({ message }) => message);
      this.unanswered -= count;
      this.blocked = !this.call.write({ answers }, () => this.taken(size));
    }
    this.pace();
    if (this.unanswered === 0 && (this.readingEnded || this.failure)) this.close();
  }

  /** How many of the answers go into one message, and how large they are. One goes in any case. */
  private nextMessage(): { readonly count: number; readonly size: number } {
    let count = 0;
    let size = 0;
    for (const answer of this.answers) {
      if (count === ANSWERS_IN_MESSAGE_MAX || (count > 0 && size + answer.size > MESSAGE_BYTES_MAX)) break;
      count += 1;
      size += answer.size;
    }
    return { count, size };
  }

  /** The connection has taken a message of that size. */
  private taken(size: number): void {
    this.heldBytes -= size;
    this.pace();
  }

  /** Reads on, or stops reading, by how much is unanswered or not taken. */
  private pace(): void {
    const { call, unanswered, heldBytes } = this;
    if (unanswered >= UNANSWERED_MAX || heldBytes >= HELD_BYTES_MAX) call.pause();
    else if (unanswered < UNANSWERED_RESUME && heldBytes < HELD_BYTES_RESUME && call.isPaused()) call.resume();
  }

  private endReading(): void {
    this.readingEnded = true;
    this.flush();
  }

  private close(): void {
    this.closed = true;
    this.onClosed();
    if (this.failure) endWith(this.call, this.failure, this.context.requestId);
    else this.call.end();
  }

  /** Ends the stream of a token that was revoked. Its commands are refused by the engine in any case. */
  private watchToken(): void {
    const nowMs = performance.now();
    if (nowMs - this.tokenCheckedAtMs < TOKEN_CHECK_MS) return;
    this.tokenCheckedAtMs = nowMs;
    void this.checkToken().then((refusal) => {
      // While the database is away nothing is known of the token, and nothing is carried out either.
      if (refusal?.code === 'AUTHENTICATION_FAILED') this.end(refusal);
    });
  }
}

/** Ends the stream with the refusal, after what has been written to it. */
export function endWith(call: ServerDuplexStream<PipelineRequest, object>, refusal: Refusal, requestId: string): void {
  call.emit('error', Object.assign(new Error(refusal.message), statusOf(refusal, requestId)));
}

function refusalOfMessage(message: PipelineRequest): Refusal | undefined {
  const refusal = unreadable(message);
  if (refusal || (message.commands?.length ?? 0) <= COMMANDS_IN_MESSAGE_MAX) return refusal;
  return refuse('VALIDATION', `expected at most ${COMMANDS_IN_MESSAGE_MAX} commands`, { field: 'commands' });
}
