// A jest reporter that writes { passed, failed, skipped } to the file named by INSTANT_TEST_COUNTS, for .ci/run.
import { writeFileSync } from "node:fs";

export default class JestCounts {
  onRunComplete(_contexts, results) {
    const counts = {
      passed: results.numPassedTests,
      // A file that could not even be loaded has no tests to count, and is a failure all the same.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    writeFileSync(process.env.INSTANT_TEST_COUNTS, JSON.stringify(counts));
  }
}
