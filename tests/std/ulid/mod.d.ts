/** The types of `@std/ulid`. */

/** Makes an identifier of 26 characters that sorts by the time of its making. */
export function ulid(seedTime?: number): string;
/** Makes identifiers that grow even within one millisecond. */
export function monotonicUlid(seedTime?: number): string;
/** The time, in milliseconds since 1970, at which an identifier was made. */
export function decodeTime(ulid: string): number;
