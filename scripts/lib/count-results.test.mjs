import { expect, it } from 'vitest'
import { countResults } from './count-results.mjs'

const passing = { status: 'passed', assertionResults: [{ status: 'passed' }] }
const failing = { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] }
const unloadable = { status: 'failed', assertionResults: [] }

it('sums tests, not files', () => {
  const report = { numPassedTests: 2, numFailedTests: 1, testResults: [passing, failing] }
  expect(countResults(report, 1)).toEqual({ passed: 2, failed: 1 })
})

it('counts a file that could not be loaded as a failure', () => {
  const report = { numPassedTests: 1, numFailedTests: 0, testResults: [passing, unloadable] }
  expect(countResults(report, 1)).toEqual({ passed: 1, failed: 1 })
})

it('counts a run that failed outside its tests as a failure', () => {
  const report = { numPassedTests: 1, numFailedTests: 0, testResults: [passing] }
  expect(countResults(report, 1)).toEqual({ passed: 1, failed: 1 })
  expect(countResults(report, 0)).toEqual({ passed: 1, failed: 0 })
})
