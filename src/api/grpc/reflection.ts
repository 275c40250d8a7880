import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath as healthProto } from 'grpc-health-check';
import { DETAILS_FILES, messageType, PROTO_DIR, SERVICE_FILES } from './definition.js';

/*
 * What reflection tells of the services. The loader's descriptors are right for calls but not for strict readers of
 * descriptors: it names the entries of maps otherwise than the language prescribes, does not mark optional fields, and
 * mixes their oneofs with those that were written.
 */

interface FieldDescriptor {
  readonly name: string;
  typeName?: string;
  oneofIndex?: number;
  proto3Optional?: boolean;
}

interface OneofDescriptor {
  readonly name: string;
}

interface MessageDescriptor {
  name: string;
  readonly field?: FieldDescriptor[];
  readonly nestedType?: MessageDescriptor[];
  oneofDecl?: readonly OneofDescriptor[];
  readonly options?: { readonly mapEntry?: boolean };
}

/** The loader takes the file from what comes with it, wherever it is said to be; said absolutely it does not search. */
const DESCRIPTOR_PROTO = '/google/protobuf/descriptor.proto';

/** Reflection of all services and of the details of errors, with the fields' names as in proto/. */
export function reflection(): ReflectionService {
  const definition = loadSync([...SERVICE_FILES, ...DETAILS_FILES, healthProto], {
    includeDirs: [PROTO_DIR],
    keepCase: true,
  });
  const files = messageType(loadSync(DESCRIPTOR_PROTO, { defaults: false }), 'google.protobuf.FileDescriptorProto');
  for (const entry of Object.values(definition) as { fileDescriptorProtos?: Buffer[] }[]) {
    entry.fileDescriptorProtos &&= entry.fileDescriptorProtos.map((bytes) => {
      const file = files.deserialize(bytes) as { messageType?: MessageDescriptor[] };
      file.messageType?.forEach(correct);
      return files.serialize(file);
    });
  }
  return new ReflectionService(definition as PackageDefinition);
}

function correct(message: MessageDescriptor): void {
  for (const field of message.field ?? []) {
    const entry = message.nestedType?.find(({ name, options }) => options?.mapEntry && name === field.typeName);
    if (!entry) continue;
    entry.name = `${upperCamelCase(field.name)}Entry`;
    field.typeName = entry.name;
  }
  markOptional(message);
  message.nestedType?.forEach(correct);
}

/** An optional field is alone in a oneof of its own; such oneofs must come after those that were written. */
function markOptional(message: MessageDescriptor): void {
  const oneofs = message.oneofDecl ?? [];
  const fields = message.field ?? [];
  const isOwn = ({ name }: OneofDescriptor): boolean => fields.some((field) => name === `_${field.name}`);
  const ordered = [...oneofs.filter((oneof) => !isOwn(oneof)), ...oneofs.filter(isOwn)];
  for (const field of fields) {
    const oneof = field.oneofIndex === undefined ? undefined : oneofs[field.oneofIndex];
    if (!oneof) continue;
    field.oneofIndex = ordered.indexOf(oneof);
    if (isOwn(oneof)) field.proto3Optional = true;
  }
  message.oneofDecl = ordered;
}

function upperCamelCase(name: string): string {
  return name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
