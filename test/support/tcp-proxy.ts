import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy that cuts connections in the middle of what they carry, and holds back what the server says. */
export class TcpProxy {
  /** How many connections it has cut. */
  cuts = 0;
  /**
   * Asked for each connection: after how many bytes, of both directions together, it is cut. Undefined never cuts it.
   */
  cutAfter: () => number | undefined = () => undefined;
  private holding = false;
  private down = false;
  private readonly held: (() => void)[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** The port on this machine that connections are led to: of those that come from now on. */
    public target: number,
  ) {
    server.on('connection', (client) => this.join(client));
  }

  static async start(target: number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, target);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** How many connections are open to it. */
  get open(): number {
    return this.sockets.size / 2;
  }

  /** Cuts every connection, and what was held back with it. */
  cut(): void {
    this.cuts += 1;
    this.held.length = 0;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Cuts every connection and lets none through until `bringUp`. */
  takeDown(): void {
    this.down = true;
    this.cut();
  }

  bringUp(): void {
    this.down = false;
  }

  /** From now on what the server says is kept here. */
  hold(): void {
    this.holding = true;
  }

  /** Hands on what was held back, and holds nothing more. */
  letGo(): void {
    this.holding = false;
    for (const handOn of this.held.splice(0)) handOn();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private join(client: Socket): void {
    if (this.down) {
      client.destroy();
      return;
    }
    const upstream = connect(this.target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      // A cut connection resets its peer: that is what the proxy is for.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    let left = this.cutAfter() ?? Number.POSITIVE_INFINITY;
    const forward = (data: Buffer, to: Socket): void => {
      left -= data.length;
      if (left > 0) {
        to.write(data);
        return;
      }
      this.cuts += 1;
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (data) => forward(data, upstream));
    upstream.on('data', (data) => {
      if (this.holding) this.held.push(() => forward(data, client));
      else forward(data, client);
    });
  }
}
