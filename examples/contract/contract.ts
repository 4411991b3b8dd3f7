/**
 * What the guest book's page and its server say to each other. Both import this file: it gives them their types, and
 * both hold what arrives, and what they send, to it.
 */

import { defineContract } from "@switchboard/websocket/protocol";
import * as z from "zod";

const signature = z.object({
  name: z.string().trim().min(1).max(40),
  text: z.string().trim().min(1).max(500),
});

const entry = signature.extend({ at: z.iso.datetime() });

/** One entry of the book. */
export type Entry = z.infer<typeof entry>;

/** The contract. */
export const contract = defineContract({
  title: "Guest book",
  version: "1.0.0",
  server: {
    signed: entry, // to everybody, when somebody has signed
  },
  requests: {
    sign: { data: signature, reply: z.object({ number: z.number().int() }) },
    entries: { data: z.object({ last: z.number().int().min(1).max(100) }), reply: z.array(entry) },
  },
});
