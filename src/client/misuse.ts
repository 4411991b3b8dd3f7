/**
 * The errors of wrong use, and of wrong throws, in few words. Pure.
 *
 * @module
 */

/** Makes the error of a value that is not what it must be. */
export function misuse(name: string, must: string, value: unknown, Kind: ErrorConstructor = TypeError): Error {
  return new Kind(`WebSocketClient: "${name}" must be ${must}: current value is ${String(value)}`);
}

/** Returns what was thrown if it is an Error, else an Error that says what it was. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`Thrown: ${String(thrown)}`);
}
