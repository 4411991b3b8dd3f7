/** Tests of the store of buckets: it forgets only what it need not know, and stays within its bound. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { BucketStore } from "../../src/middleware/bucket_store.ts";
import { type Bucket, fullBucket, take } from "../../src/internal/token_bucket.ts";

const RULE = { perSecond: 10, burst: 20 }; // an empty one is full after 2 s

Deno.test("BucketStore.get() gives one name one bucket", () => {
  const store = new BucketStore(RULE, 100, 0);

  assertStrictEquals(store.get("a", 0), store.get("a", 1_999));
  assert(store.get("a", 0) !== store.get("b", 0));
  assertEquals(store.size, 2);
});

Deno.test("BucketStore forgets a bucket that has rested until it was full, when others are asked for", () => {
  const store = new BucketStore(RULE, 100, 0);
  store.get("a", 0);

  store.get("b", 2_000);
  assertEquals(store.size, 2);
  store.get("b", 4_000);

  assertEquals(store.size, 1);
});

Deno.test("BucketStore forgets everything after a long rest", () => {
  const store = new BucketStore(RULE, 100, 0);
  for (let i = 0; i < 50; i++) store.get(String(i), 0);

  store.get("late", 60_000);

  assertEquals(store.size, 1);
});

Deno.test("BucketStore never keeps more than its bound, and then forgets those asked for least recently", () => {
  const store = new BucketStore(RULE, 100, 0);
  const busy = store.get("busy", 0);
  for (let i = 0; i < 10_000; i++) {
    store.get(`flood ${i}`, i / 100);
    assertStrictEquals(store.get("busy", i / 100), busy);
    assert(store.size <= 100, String(store.size));
  }
});

Deno.test("BucketStore decides as buckets that are never forgotten do, below its bound", () => {
  const visits = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 900 })), {
    maxLength: 400,
  });
  fc.assert(fc.property(visits, (list) => {
    const store = new BucketStore(RULE, 20, 0);
    const all = new Map<number, Bucket>();
    let now = 0;
    for (const [name, gap] of list) {
      now += gap;
      const known = all.get(name) ?? fullBucket(RULE, now);
      all.set(name, known);

      assertEquals(take(store.get(String(name), now), RULE, now, 7), take(known, RULE, now, 7));
    }
  }));
});
