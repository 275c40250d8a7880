import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { loadDefinition } from '#tollgate/api/grpc/definition.js';

type Method = MethodDefinition<object, object>;

const service = loadDefinition()['tollgate.v1.SpendService'] as ServiceDefinition;

/** Calls of SpendService at one address, over one connection. */
export class SpendClient {
  private readonly client: Client;
  private readonly metadata = new Metadata();

  constructor(address: string, token: string) {
    this.client = new Client(address, credentials.createInsecure());
    this.metadata.set('authorization', `Bearer ${token}`);
  }

  /** One call, one answer; a refusal rejects. */
  call(name: 'Reserve' | 'Settle', request: object): Promise<object | undefined> {
    const { path, requestSerialize, responseDeserialize } = service[name] as Method;
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.metadata,
        (error, answer) => (error ? reject(error) : resolve(answer)),
      );
    });
  }

  close(): void {
    this.client.close();
  }
}
