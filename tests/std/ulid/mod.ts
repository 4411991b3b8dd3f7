/**
 * `@std/ulid` from the npm mirror of the standard library, with types.
 *
 * @module
 */

// @ts-types="./mod.d.ts"
export * from "deno-std/ulid/mod.js";
