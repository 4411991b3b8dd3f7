/**
 * The headers of a request in one string: measured and copied in one go, made into an object again when asked for.
 *
 * @module
 */

/** The bounds of a request's headers. */
export interface HeaderLimits {
  /** One header line, name and value, in bytes. */
  readonly maxHeaderBytes: number;
  /** Header lines; lines of one name that the runtime joined count once. */
  readonly maxHeaders: number;
}

/** Which bound the headers of a request exceed. */
export type HeaderExcess = "line" | "count";

/** Headers, names and values by turns, a line for each: neither can hold a line end. */
export type PackedHeaders = string;

/** What the checks of a request need of its headers; `Headers` will do. */
export interface HeaderReader {
  /** The value of a header whose name is given in lower case; `null` when there is none. */
  get(name: string): string | null;
}

/** The headers of a request, all read once. */
export class HeaderLines implements HeaderReader {
  readonly #headers: Headers;
  readonly #lines: string[] = [];
  #longest = 0;

  /** Reads all headers. */
  constructor(headers: Headers) {
    this.#headers = headers;
    headers.forEach((value, name) => { // a third cheaper than an iterator
      const length = name.length + value.length + 2;
      if (length > this.#longest) this.#longest = length;
      this.#lines.push(name, value);
    });
  }

  /**
   * The value of a header. That there is none is found here for less than there; what is there comes from the runtime, as
   * going through all headers drops the empty ones of several lines, which are a reason to refuse.
   */
  get(name: string): string | null {
    const lines = this.#lines;
    for (let i = 0; i < lines.length; i += 2) if (lines[i] === name) return this.#headers.get(name);
    return null;
  }

  /** Which of the limits is exceeded, if one is. */
  exceeds({ maxHeaderBytes, maxHeaders }: HeaderLimits): HeaderExcess | undefined {
    if (this.#longest > maxHeaderBytes) return "line";
    return this.#lines.length > maxHeaders * 2 ? "count" : undefined;
  }

  /** Packs them. */
  pack(): PackedHeaders {
    return this.#lines.join("\n");
  }
}

/** Makes headers of what {@linkcode HeaderLines.pack} gave. */
export function unpackHeaders(packed: PackedHeaders): Headers {
  const headers = new Headers();
  const lines = packed.split("\n");
  for (let i = 0; i + 1 < lines.length; i += 2) headers.append(lines[i]!, lines[i + 1]!);
  return headers;
}

/**
 * Gives the headers of a request in an object that ends with us.
 *
 * Deno keeps a request that was upgraded, and what was read of it, for as long as its socket is open: the list of a
 * browser's headers takes 3.9 KiB there. Read through a copy of the request's fields, the list is kept on
 * that copy, and goes with it. Where a runtime does not allow that, or somebody has read the headers of this request
 * before, its own object serves as well.
 */
export function passingHeaders(request: Request): Headers {
  try {
    return (Object.assign(Object.create(Object.getPrototypeOf(request)), request) as Request).headers;
  } catch {
    return request.headers;
  }
}
