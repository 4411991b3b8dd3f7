/**
 * What the variable `DEBUG` asks for, as many programs read it: names with `*` for any rest, separated by commas or
 * spaces, with a `-` in front for those left out. Pure.
 *
 * @module
 */

/**
 * Tells whether the lines of something are wanted, by a name such as `websocket:server`, or by any of several that it has.
 * What is left out stays out, by whatever name and in whatever order.
 */
export function readDebug(value: string): (...names: string[]) => boolean {
  const patterns = value.split(/[\s,]+/).filter((pattern) => pattern !== "");
  const wanted = patterns.filter((pattern) => !pattern.startsWith("-")).map(toPattern);
  const unwanted = patterns.filter((pattern) => pattern.startsWith("-")).map((pattern) => toPattern(pattern.slice(1)));
  const has = (patterns: readonly RegExp[], names: string[]): boolean =>
    patterns.some((pattern) => names.some((name) => pattern.test(name)));
  return (...names) => has(wanted, names) && !has(unwanted, names);
}

function toPattern(pattern: string): RegExp {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[^\w]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
