/**
 * Loaded before the tests of a soak: property tests that do not say how often they run, run very often.
 *
 * @module
 */

import fc from "fast-check";

fc.configureGlobal({ numRuns: 20_000 });
