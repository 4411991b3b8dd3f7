/**
 * `@std/http/status` from the npm mirror of the standard library, with types.
 *
 * @module
 */

// @ts-types="./status.d.ts"
export * from "deno-std/http/status.js";
