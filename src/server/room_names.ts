/**
 * What may be the name of a room. Pure.
 *
 * @module
 */

/** Tells names from what is none. */
export class RoomNames {
  readonly #maxLength: number;

  /** Takes names of up to so many UTF-16 units. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** What a name must be, to complete a sentence. */
  get rule(): string {
    return `a string of 1 to ${this.#maxLength} characters, none of them half, that does not begin with "$"`;
  }

  /**
   * Whether a room may be called so. What begins with `$` is kept for the protocol; half a character has no form in UTF-8,
   * so that two such names would be one wherever they are written as bytes.
   */
  isName(value: unknown): value is string {
    return typeof value === "string" && value !== "" && value.length <= this.#maxLength && !value.startsWith("$") &&
      value.isWellFormed();
  }

  /**
   * Checks a name that the application gives.
   *
   * @throws {TypeError} If it is not a string.
   * @throws {RangeError} If no room may be called so.
   */
  check(value: unknown): void {
    if (this.isName(value)) return;
    const text = `Cannot use the name of a room as it must be ${this.rule}: current value`;
    if (typeof value !== "string") throw new TypeError(`${text} is of the kind ${typeof value}`);
    const what = value.startsWith("$") ? 'begins with "$"' : `has ${value.length} characters`;
    throw new RangeError(`${text} ${what}`);
  }
}
