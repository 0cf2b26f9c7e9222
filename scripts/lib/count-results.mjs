/**
 * Counts a Vitest JSON report. A file that could not even be loaded, or a run that failed for a
 * reason outside its tests (an unhandled error), counts as one failure.
 */
export function countResults({ numPassedTests, numFailedTests, testResults }, exitCode) {
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length
  const failed = numFailedTests + broken
  return { passed: numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed }
}
