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

/** Packs headers, unless they exceed the limits. */
export function packHeaders(headers: Headers, limits: HeaderLimits): { packed: PackedHeaders } | HeaderExcess {
  const { maxHeaderBytes, maxHeaders } = limits;
  const lines: string[] = [];
  let isLong = false;
  headers.forEach((value, name) => { // a third cheaper than an iterator
    if (name.length + value.length + 2 > maxHeaderBytes) isLong = true;
    lines.push(name, value);
  });
  if (isLong) return "line";
  return lines.length > maxHeaders * 2 ? "count" : { packed: lines.join("\n") };
}

/** Packs headers that are not a peer's. */
export function packAll(headers: Headers): PackedHeaders {
  return [...headers].flat().join("\n");
}

/** Makes headers of what {@linkcode packHeaders} gave. */
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
 * browser's headers takes 3.9 KiB there. Read through an object that only inherits from the request, the list is kept on
 * that object, and goes with it. Where a runtime does not allow that, or somebody has read the headers of this request
 * before, its own object serves as well.
 */
export function passingHeaders(request: Request): Headers {
  try {
    return (Object.assign(Object.create(Object.getPrototypeOf(request)), request) as Request).headers;
  } catch {
    return request.headers;
  }
}
