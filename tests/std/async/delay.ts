/**
 * `@std/async/delay` from the npm mirror of the standard library, with types.
 *
 * @module
 */

// @ts-types="./delay.d.ts"
export * from "deno-std/async/delay.js";
