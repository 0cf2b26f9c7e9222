import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { ROOT } from './workspace.mjs'

/**
 * Writes what `npm test` sums up, `{ passed, failures }`, to Vitest's `--outputFile`: the end of a long log
 * is all that some people see of it. Not made from Vitest's own JSON, which knows a test that ran out of
 * time as "STACK_TRACE_ERROR", and neither the hooks of a group nor errors outside all tests.
 */
export default class ResultsReporter {
  #file

  onInit({ config }) {
    this.#file = config.outputFile
  }

  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const results = {
      passed: tests.filter((test) => test.result().state === 'passed').length,
      failures: [
        ...modules.flatMap(listFailures),
        ...unhandledErrors.map((error) => write('outside all tests', error)),
      ],
    }
    writeFileSync(this.#file, JSON.stringify(results))
  }
}

/** Tests by all their groups, hooks by their group or their file, and files that could not even be loaded. */
function listFailures(module) {
  const file = relative(ROOT, module.moduleId)
  const { children } = module
  return [
    ...module.errors().map((error) => write(file, error)),
    ...[...children.allSuites()].flatMap((suite) =>
      suite.errors().map((error) => write(`${file} > ${suite.fullName}`, error)),
    ),
    ...[...children.allTests('failed')].map((test) =>
      write(`${file} > ${test.fullName}`, test.result().errors[0]),
    ),
  ]
}

/** With the first line of its error. */
function write(name, { message }) {
  const line = message.split('\n').find((each) => each.trim() !== '')
  return line === undefined ? name : `${name}\n  ${line.trim()}`
}
