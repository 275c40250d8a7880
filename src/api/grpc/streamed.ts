import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { Observable } from 'rxjs';

export type StreamCall = ServerWritableStream<unknown, object>;

/**
 * Answers a call with many messages, no faster than they are taken: Nest would keep what the caller has not taken yet in
 * memory. The parts are asked for one by one, and no more once the caller is gone.
 */
export function streamed<T>(
  call: StreamCall,
  parts: AsyncIterable<T>,
  messageOf: (part: T) => object,
): Observable<never> {
  return new Observable<never>((subscriber) => {
    const gone = new AbortController();
    call.once('cancelled', () => gone.abort());
    writeAll(call, parts, messageOf, gone.signal).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => gone.abort();
  });
}

async function writeAll<T>(
  call: StreamCall,
  parts: AsyncIterable<T>,
  messageOf: (part: T) => object,
  gone: AbortSignal,
): Promise<void> {
  for await (const part of parts) {
    if (gone.aborted) return;
    if (call.write(messageOf(part))) continue;
    // Once the caller is gone the wait fails, and the parts are at their end.
    await once(call, 'drain', { signal: gone }).catch(() => undefined);
  }
}
