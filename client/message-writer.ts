import type { WireWriter } from './wire-writer.js';

/** A message's type, as far as writing it needs: a FieldDescriptorProto per field, names in camel case. */
export interface Descriptor {
  readonly name: string;
  readonly field: readonly {
    readonly name: string;
    readonly number: number;
    readonly type: string;
    readonly label: string;
    readonly typeName: string;
  }[];
  readonly nestedType: readonly (Descriptor & { readonly options?: { readonly mapEntry?: boolean } | null })[];
}

type Message = Readonly<Record<string, unknown>>;
type WriteValue = (writer: WireWriter, value: unknown) => void;

const LENGTH_DELIMITED = 2;
const TEXT_KEY_TAG = (1 << 3) | LENGTH_DELIMITED;
const TEXT_VALUE_TAG = (2 << 3) | LENGTH_DELIMITED;

/**
 * Makes the function that writes messages of a type, straight from the caller's objects: what the library does in two
 * steps, with a copy of everything between them. It knows what requests are made of: texts, whole numbers, flags,
 * messages, lists of messages, and maps of texts.
 */
export function messageWriter(type: Descriptor, typeOf: (name: string) => Descriptor): WriteValue {
  const fields = type.field.map((field) => {
    const map = type.nestedType.find(({ name, options }) => name === field.typeName && options?.mapEntry);
    return { name: field.name, write: fieldWriter(field, map !== undefined, typeOf) };
  });
  return (writer, message) => {
    if (typeof message !== 'object' || message === null) throw new TypeError(`expected a ${type.name}`);
    for (const { name, write } of fields) {
      const value = (message as Message)[name];
      if (value !== undefined && value !== null) write(writer, value);
    }
  };
}

function fieldWriter(
  { number, type, label, typeName }: Descriptor['field'][number],
  isMap: boolean,
  typeOf: (name: string) => Descriptor,
): WriteValue {
  if (type === 'TYPE_MESSAGE') {
    const tag = (number << 3) | LENGTH_DELIMITED;
    if (isMap) return (writer, value) => writeTexts(writer, tag, value as Message);
    const writeMessage = messageWriter(typeOf(typeName), typeOf);
    const write: WriteValue = (writer, value) => writeNested(writer, tag, value, writeMessage);
    if (label !== 'LABEL_REPEATED') return write;
    return (writer, values) => {
      for (const value of values as Iterable<unknown>) write(writer, value);
    };
  }
  if (type === 'TYPE_STRING') {
    const tag = (number << 3) | LENGTH_DELIMITED;
    return (writer, value) => {
      writer.number(tag);
      writer.text(value as string);
    };
  }
  return (writer, value) => {
    writer.number(number << 3);
    writer.number(type === 'TYPE_BOOL' ? Number(value === true) : (value as number));
  };
}

function writeNested(writer: WireWriter, tag: number, value: unknown, write: WriteValue): void {
  writer.number(tag);
  const start = writer.begin();
  write(writer, value);
  writer.end(start);
}

function writeTexts(writer: WireWriter, tag: number, texts: Message): void {
  for (const name in texts) {
    writer.number(tag);
    const start = writer.begin();
    writer.number(TEXT_KEY_TAG);
    writer.text(name);
    writer.number(TEXT_VALUE_TAG);
    writer.text(texts[name] as string);
    writer.end(start);
  }
}
