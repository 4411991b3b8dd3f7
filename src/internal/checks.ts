/**
 * Checks of options that speak in one voice: what we were doing, what is wrong, the value found, the way out. Pure.
 *
 * @module
 */

/** The bounds that a number must keep. */
export interface NumberRule {
  /** The smallest value allowed. */
  readonly min: number;
  /** The largest value allowed; `Infinity` when left out. */
  readonly max?: number;
  /** Whether fractions are refused. */
  readonly integer?: boolean;
  /** Whether `0` is allowed although it is below `min`, because it switches the option off. */
  readonly zeroIsOff?: boolean;
  /** Whether `Infinity` is allowed. */
  readonly infinite?: boolean;
}

/** Checks options in the name of one action, such as "start the server". */
export class OptionChecks {
  readonly #action: string;

  /** Makes checks whose errors begin with `Cannot ${action}`. */
  constructor(action: string) {
    this.#action = action;
  }

  /**
   * Returns `value` if it keeps `rule`, `fallback` if it is undefined.
   *
   * @throws {TypeError} If it is not a number.
   * @throws {RangeError} If it is out of bounds.
   */
  number(name: string, value: unknown, fallback: number, rule: NumberRule): number {
    if (value === undefined) return fallback;
    const { min, max = Infinity, integer = false, zeroIsOff = false, infinite = false } = rule;
    const wanted = describeRule(rule);
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw new TypeError(this.#text(name, `must be ${wanted}`, value));
    }
    if (zeroIsOff && value === 0) return value;
    if (value === Infinity && infinite) return value;
    if (value < min || value > max || value === Infinity || (integer && !Number.isInteger(value))) {
      throw new RangeError(this.#text(name, `must be ${wanted}`, value));
    }
    return value;
  }

  /**
   * Returns `value` if it is a boolean, `fallback` if it is undefined.
   *
   * @throws {TypeError} If it is anything else.
   */
  boolean(name: string, value: unknown, fallback: boolean): boolean {
    if (value === undefined) return fallback;
    if (typeof value !== "boolean") throw new TypeError(this.#text(name, "must be true or false", value));
    return value;
  }

  /**
   * Returns `value` if it is one of `allowed`, `fallback` if it is undefined.
   *
   * @throws {TypeError} If it is anything else.
   */
  oneOf<T extends string>(name: string, value: unknown, fallback: T, allowed: readonly T[]): T {
    if (value === undefined) return fallback;
    const found = allowed.find((each) => each === value);
    if (found === undefined) {
      throw new TypeError(this.#text(name, `must be one of ${allowed.map((each) => `"${each}"`).join(", ")}`, value));
    }
    return found;
  }

  /**
   * Does nothing if `value` is undefined or a function.
   *
   * @throws {TypeError} If it is anything else.
   */
  optionalFunction(name: string, value: unknown): void {
    if (value !== undefined && typeof value !== "function") {
      throw new TypeError(this.#text(name, "must be a function", value));
    }
  }

  /**
   * Does nothing if every key of `options` is in `known`: a misspelt option must not be ignored.
   *
   * @throws {TypeError} If a key is unknown.
   */
  knownKeys(name: string, options: object, known: readonly string[]): void {
    for (const key of Object.keys(options)) {
      if (known.includes(key)) continue;
      throw new TypeError(
        `Cannot ${this.#action} as ${name} has no option "${cut(key)}": known are ${known.join(", ")}`,
      );
    }
  }

  /** Makes the error of a check that is not one of the above: `must` completes `"name" must …`. */
  failure(name: string, must: string, value: unknown): TypeError {
    return new TypeError(this.#text(name, `must ${must}`, value));
  }

  #text(name: string, problem: string, value: unknown): string {
    return `Cannot ${this.#action} as "${name}" ${problem}: current value is ${show(value)}`;
  }
}

/** Whether a value is an object as one writes it down, and none of a class, which may have members of its own. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Shows a value in an error text, cut to a readable length. */
export function show(value: unknown): string {
  if (typeof value === "string") return `"${cut(value)}"`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

function cut(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`;
}

function describeRule({ min, max, integer, zeroIsOff, infinite }: NumberRule): string {
  const kind = integer ? "a whole number" : "a number";
  const bounds = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  return `${kind} ${bounds}${zeroIsOff ? ", or 0 for off" : ""}${infinite ? ", or Infinity" : ""}`;
}
