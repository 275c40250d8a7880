import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What happens to the next transaction that commits through the proxy. */
export type CommitFault = 'cut-before-commit' | 'cut-after-commit' | undefined;

/**
 * A TCP proxy in front of PostgreSQL that cuts connections at their worst moment. `cut-before-commit` swallows the
 * COMMIT; `cut-after-commit` delivers it, and cuts the client off before it hears the answer.
 */
export class PostgresProxy {
  fault: CommitFault;
  /** True where the next cut begins an outage, as `takeDown` does. */
  staysDown = false;
  cuts = 0;
  /** How many commits were sent through it to PostgreSQL. */
  commits = 0;
  /** While true no connection is let through. */
  private down = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly upstream: { host: string; port: number },
  ) {
    server.on('connection', (client) => this.join(client));
  }

  static async start(databaseUrl: string): Promise<{ proxy: PostgresProxy; url: string }> {
    const url = new URL(databaseUrl);
    const server = createServer();
    const proxy = new PostgresProxy(server, { host: url.hostname, port: Number(url.port) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as AddressInfo).port);
    return { proxy, url: url.toString() };
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** Cuts every connection and lets none through until `bringUp`. */
  takeDown(): void {
    this.down = true;
    for (const socket of this.sockets) socket.destroy();
  }

  bringUp(): void {
    this.down = false;
  }

  private join(client: Socket): void {
    if (this.down) {
      client.destroy();
      return;
    }
    const upstream = connect(this.upstream);
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      // A cut connection resets its peer: that is what the proxy is for.
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    }
    upstream.on('data', (data) => client.write(data));
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.end());
    client.on('data', (data) => this.forward(data, client, upstream));
  }

  private forward(data: Buffer, client: Socket, upstream: Socket): void {
    const commits = count(data, 'COMMIT\0');
    if (this.fault === undefined || commits === 0) {
      this.commits += commits;
      upstream.write(data);
      return;
    }
    const { fault } = this;
    this.fault = undefined;
    this.cuts += 1;
    this.down = this.staysDown;
    // What went before arrives all the same, so that only the fault tells what PostgreSQL gets.
    upstream.removeAllListeners('data');
    if (fault === 'cut-before-commit') upstream.end();
    else upstream.end(data);
    client.destroy();
  }
}

function count(data: Buffer, text: string): number {
  let found = 0;
  for (let at = data.indexOf(text); at >= 0; at = data.indexOf(text, at + 1)) found += 1;
  return found;
}
