/**
 * All that there is to hold data against a contract, with the error for data that does not fit. Pure.
 *
 * @module
 */

import { type DataIssue, InvalidDataError } from "../errors.ts";
import { escapeText } from "../internal/escape.ts";
import { where } from "./compiled_contract.ts";

export {
  compileContract,
  type CompiledContract,
  type CompiledRoom,
  validate,
  type Validated,
  wireIssues,
} from "./compiled_contract.ts";

/** The error for data that does not fit. Its text is for who develops the application, and safe to log. */
export function invalidData(
  direction: "incoming" | "outgoing",
  type: string,
  issues: readonly DataIssue[],
): InvalidDataError {
  const name = escapeText(type);
  const [first = { path: [], message: "" }] = issues;
  const others = issues.length > 1 ? ` (and at ${issues.length - 1} more)` : "";
  const why = first.message === "" ? "" : `: ${escapeText(first.message)}`;
  const action = direction === "incoming" ? "take" : "send";
  const text = `Cannot ${action} "${name}" as its data is not valid${where(first)}${others}${why}`;
  return new InvalidDataError(text, direction, name, issues);
}
