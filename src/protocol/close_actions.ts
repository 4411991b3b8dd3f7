/**
 * What a client does next after a close: the last column of the table in docs/PROTOCOL.md. Pure.
 *
 * It stands apart from the names of the codes, because it is all that a page has to load of the table.
 *
 * @module
 */

/**
 * What a client does after a close:
 * - `stop`: stays closed and says why;
 * - `back_off`: tries again after its growing delay;
 * - `spread`: tries again as the server advised, else at a random moment in a window, as all others do the same;
 * - `later`: as advised, else backs off, from at least 5 s;
 * - `renew`: asks its token provider again and tries once more, then stops.
 */
export type CloseAction = "stop" | "back_off" | "spread" | "later" | "renew";

/** What a client does after `code`; a code that the table does not know means `stop`. */
export function closeAction(code: number): CloseAction {
  if (code === 1012) return "spread";
  if (code === 1013) return "later";
  if (code === 4401) return "renew";
  return [1001, 1005, 1006, 1011, 1014, 1015, 4408, 4413, 4429].includes(code) ? "back_off" : "stop";
}
