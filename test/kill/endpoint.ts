import { type Message, type PipelineClient, TestClient } from '../support/grpc-client.js';

/** One service as the gateway reaches it: a Pipeline that is opened again whenever it ended. */
export class Endpoint {
  private client: TestClient | undefined;
  private stream: PipelineClient | undefined;
  private correlation = 0;

  constructor(
    private readonly token: string,
    /** Called when the stream can be used, again or for the first time. */
    private readonly onUp: () => void,
  ) {}

  get isUp(): boolean {
    return this.stream !== undefined;
  }

  /** The service is there, at this port. */
  connect(port: number): void {
    this.disconnect();
    this.client = new TestClient(port, this.token);
    this.open(this.client);
  }

  disconnect(): void {
    this.stream?.cancel();
    this.stream = undefined;
    this.client?.close();
    this.client = undefined;
  }

  /** Sends a command. Undefined: the stream ended before it was answered. */
  async ask(command: Message): Promise<Message | undefined> {
    const { stream } = this;
    if (!stream) return undefined;
    this.correlation += 1;
    return await Promise.race([stream.ask(this.correlation, command), stream.ended.then(() => undefined)]);
  }

  private open(client: TestClient): void {
    client.channel.waitForReady(Number.POSITIVE_INFINITY, (error) => {
      if (error || this.client !== client) return;
      const stream = client.pipeline();
      this.stream = stream;
      this.onUp();
      void stream.ended.then(() => {
        if (this.stream !== stream) return;
        this.stream = undefined;
        this.open(client);
      });
    });
  }
}
