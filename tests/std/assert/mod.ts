/**
 * `@std/assert` from the npm mirror of the standard library. The mirror has no types: those of what this project uses
 * are beside this file.
 *
 * @module
 */

// @ts-types="./mod.d.ts"
export * from "deno-std/assert/mod.js";
