/** A command that could not do what it was asked. The message is for the person who asked; the exit code is 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
