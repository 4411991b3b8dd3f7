/**
 * `@std/http/cookie` from the npm mirror of the standard library, with types.
 *
 * @module
 */

// @ts-types="./cookie.d.ts"
export * from "deno-std/http/cookie.js";
