import { relative } from 'node:path'

/**
 * Names what failed in a Vitest JSON report, each with the first line of its error: the end of a long
 * log is all that some people see. A file that could not even be loaded is named by its path.
 */
export function listFailures({ testResults }, root) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name)
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0) return status === 'failed' ? [write(file, message)] : []
    return failed.map(({ ancestorTitles, title, failureMessages }) =>
      write([file, ...ancestorTitles, title].join(' > '), failureMessages[0]),
    )
  })
}

function write(name, message) {
  const line = message?.split('\n').find((each) => each.trim() !== '')
  return line === undefined ? name : `${name}\n  ${line.trim()}`
}
