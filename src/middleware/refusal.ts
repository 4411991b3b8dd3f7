/**
 * The responses with which middleware refuses a peer. For managed peers the server says the same in band.
 *
 * @module
 */

const TEXTS: Readonly<Record<number, string>> = {
  403: "Forbidden",
  429: "Too Many Requests",
  503: "Service Unavailable",
};

/**
 * Makes a response that says no.
 *
 * @param status 403, 429 or 503.
 * @param why A sentence that is safe to show to the peer.
 * @param retryAfterMs When the peer may ask again; rounded up to seconds, as HTTP has it.
 */
export function refuse(status: number, why: string, retryAfterMs?: number): Response {
  const headers = new Headers({ "content-type": "text/plain; charset=utf-8" });
  if (retryAfterMs !== undefined) headers.set("retry-after", String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  return new Response(`${status} ${TEXTS[status] ?? ""}: ${why}\n`, { status, headers });
}
