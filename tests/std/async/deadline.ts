/**
 * `@std/async/deadline` from the npm mirror of the standard library, with types.
 *
 * @module
 */

// @ts-types="./deadline.d.ts"
export * from "deno-std/async/deadline.js";
