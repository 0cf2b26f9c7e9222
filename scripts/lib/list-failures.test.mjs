import { expect, it } from 'vitest'
import { listFailures } from './list-failures.mjs'

const passed = { ancestorTitles: [], title: 'holds', status: 'passed', failureMessages: [] }

it('names each failed test by file, groups and title, with the first line of its error', () => {
  const failed = {
    ancestorTitles: ['a gate', 'offline'],
    title: 'opens',
    status: 'failed',
    failureMessages: ['\nAssertionError: expected 1 to be 2\n    at file.ts:3', 'and again'],
  }
  const testResults = [
    { name: '/there/a.test.ts', status: 'passed', assertionResults: [passed] },
    { name: '/there/b/b.test.ts', status: 'failed', assertionResults: [passed, failed] },
  ]
  expect(listFailures({ testResults }, '/there')).toEqual([
    'b/b.test.ts > a gate > offline > opens\n  AssertionError: expected 1 to be 2',
  ])
})

it('names a file that could not be loaded, whether or not it is known why', () => {
  const broken = { status: 'failed', assertionResults: [] }
  const testResults = [
    { ...broken, name: '/there/a.test.ts', message: 'SyntaxError: what is this\n  at a.test.ts' },
    { ...broken, name: '/there/b.test.ts', message: '' },
  ]
  expect(listFailures({ testResults }, '/there')).toEqual([
    'a.test.ts\n  SyntaxError: what is this',
    'b.test.ts',
  ])
})
