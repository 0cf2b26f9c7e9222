import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as commitSubjects from './commit-subjects.mjs'
import * as errorsProvoked from './errors-provoked.mjs'
import * as formatAndLint from './format-and-lint.mjs'
import * as importDirection from './import-direction.mjs'
import * as leftovers from './leftovers.mjs'
import * as pinnedVersions from './pinned-versions.mjs'
import * as sizeBudgets from './size-budgets.mjs'

let root
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'campus-ecode-checks-'))
})
afterEach(() => rmSync(root, { recursive: true }))

describe('import direction', () => {
  beforeEach(() => {
    for (const name of ['service', 'sandbox', 'sdk', 'terminal']) {
      writePackage(`packages/${name}`, { '@campus-ecode/protocol': 'workspace:*' })
    }
    writePackage('packages/core', {
      '@campus-ecode/protocol': 'workspace:*',
      '@campus-ecode/service': 'workspace:*',
    })
    writePackage('packages/protocol', { zod: 'catalog:' })
  })

  it('accepts protocol, in a server what servers share, declared libraries, and files of the same package', () => {
    write('packages/core/src/a/a.ts', "import { b } from '../b.ts'\nimport 'node:fs'\n")
    write('packages/core/src/a/words.ts', "run('import', 'people')\n")
    write('packages/core/src/a/a.test.ts', "import { it } from 'vitest'\n")
    write('packages/core/src/b.ts', "export { x } from '@campus-ecode/protocol/money'\n")
    write('packages/core/src/c.ts', "import '@campus-ecode/service/metrics'\n")
    write(
      'packages/protocol/src/x.ts',
      "// as in 'left-pad', not from 'left-pad'\nimport 'zod/v4'\n",
    )
    expect(importDirection.findProblems(root)).toEqual([])
  })

  it('lets test settings have what the whole run has, and nobody else', () => {
    const code = "import '../scripts/lib/order.mjs'\n"
    writePackage('e2e', {})
    write('e2e/vitest.config.ts', code)
    expect(importDirection.findProblems(root)).toEqual([])
    write('e2e/flow.spec.ts', code)
    expect(importDirection.findProblems(root)).toEqual([
      expect.stringMatching(/flow\.spec\.ts.*leaves the package/),
    ])
  })

  it.each([
    ['packages/core', "import { fail } from '@campus-ecode/sandbox'", 'packages meet over HTTP'],
    ['packages/protocol', "import '@campus-ecode/terminal'", 'packages meet over HTTP'],
    ['packages/service', "import '@campus-ecode/core'", 'packages meet over HTTP'],
    ['packages/core', "import '@campus-ecode/processes/free-ports'", 'packages meet over HTTP'],
    ['packages/sdk', "import '@campus-ecode/service/metrics'", 'packages meet over HTTP'],
    ['packages/core', "const x = await import('@campus-ecode/sdk')", 'packages meet over HTTP'],
    ['packages/core', "export * from '../../sandbox/src/bank.ts'", 'leaves the package'],
    ['packages/core', "import pg from 'pg'", 'does not declare it'],
    ['packages/core', "import fs from 'fs'", 'write node:'],
    ['packages/sdk', "import { hash } from 'node:crypto'", 'a browser has no Node.js'],
  ])('in %s, refuses %s', (folder, code, reason) => {
    write(`${folder}/src/wrong.ts`, `${code}\n`)
    expect(importDirection.findProblems(root)).toEqual([expect.stringContaining(reason)])
  })

  it('refuses a dependency that nothing imports yet', () => {
    writePackage('packages/core', { '@campus-ecode/sandbox': 'workspace:*' })
    expect(importDirection.findProblems(root)).toEqual([
      'packages/core/package.json depends on @campus-ecode/sandbox',
    ])
  })
})

describe('size budgets', () => {
  beforeEach(() => {
    write('packages/sdk/vite.config.ts', '')
    const lists = {
      loader: 'ecode.js',
      firstCode: ['a.js', 'a.css'],
      firstQr: ['q.js'],
      parts: {
        ways: { file: 'w.js' },
        'ways.css': { file: 'w.css' },
        ...{ reader: { file: 'r.js' }, host: { file: 'r.js' }, signIn: { file: 'r.js' } },
      },
    }
    for (const file of ['w.js', 'w.css', 'r.js']) write(`packages/sdk/dist/${file}`, 'small')
    write('packages/sdk/dist/manifest.json', JSON.stringify(lists))
    for (const file of ['element.js', 'ecode-sw.js', 'offline/ecode.js']) {
      write(`packages/sdk/dist/${file}`, 'small')
    }
    write('packages/sdk/dist/q.js', 'small')
    write('packages/sdk/dist/ecode.js', 'small')
    write('packages/sdk/dist/a.js', 'small')
    write('packages/sdk/dist/a.css', 'small')
  })

  it('accepts what is small once compressed', () => {
    write('packages/sdk/dist/ecode.js', 'x'.repeat(100_000))
    expect(sizeBudgets.findProblems(root)).toEqual([])
  })

  it('refuses a heavy loader', () => {
    write('packages/sdk/dist/ecode.js', randomBytes(2048))
    expect(sizeBudgets.findProblems(root)).toEqual([expect.stringMatching(/^loader: .* of 2048/)])
  })

  it('refuses too much before the first code, added up', () => {
    write('packages/sdk/dist/a.js', randomBytes(13 * 1024))
    write('packages/sdk/dist/a.css', randomBytes(13 * 1024))
    expect(sizeBudgets.findProblems(root)).toEqual([expect.stringContaining('first code')])
  })

  it('refuses too much before the QR', () => {
    write('packages/sdk/dist/q.js', randomBytes(33 * 1024))
    expect(sizeBudgets.findProblems(root)).toEqual([expect.stringContaining('its QR')])
  })

  it('refuses a late part that has grown, its styles included', () => {
    write('packages/sdk/dist/w.js', randomBytes(24 * 1024))
    write('packages/sdk/dist/w.css', randomBytes(2 * 1024))
    expect(sizeBudgets.findProblems(root)).toEqual([expect.stringContaining('part ways')])
  })

  it('refuses a heavy service worker', () => {
    write('packages/sdk/dist/ecode-sw.js', randomBytes(1536))
    expect(sizeBudgets.findProblems(root)).toEqual([expect.stringContaining('ecode-sw.js')])
  })
})

describe('pinned versions', () => {
  beforeEach(() => {
    write('package.json', '{"packageManager":"pnpm@12.0.1","devDependencies":{"vite":"catalog:"}}')
    write(
      'pnpm-workspace.yaml',
      'catalog:\n  vite: 8.3.8\n  "@x/y": 1.2.3-beta.4\nallow:\n  a: true\n',
    )
  })

  it('accepts catalog entries and exact versions in the catalog', () => {
    writePackage('packages/core', { vite: 'catalog:', '@campus-ecode/protocol': 'workspace:*' })
    expect(pinnedVersions.findProblems(root)).toEqual([])
  })

  it('refuses a range in the catalog', () => {
    write('pnpm-workspace.yaml', 'catalog:\n  vite: ^8.3.8\n  "@x/y": latest\n')
    expect(pinnedVersions.findProblems(root)).toHaveLength(2)
  })

  it('refuses a version outside the catalog, and a loose pnpm', () => {
    writePackage('packages/core', { vite: '8.3.8' })
    expect(pinnedVersions.findProblems(root)).toEqual([
      'packages/core/package.json: vite is "8.3.8"',
    ])
    write('package.json', '{"packageManager":"pnpm@12"}')
    expect(pinnedVersions.findProblems(root)[0]).toContain('packageManager')
  })
})

describe('commit subjects', () => {
  it.each(['feat(core): refuse a reused key', 'fix!: drop the old form', 'chore: raise libraries'])(
    'accepts "%s"',
    (subject) => {
      expect(commitSubjects.isConventional(subject)).toBe(true)
    },
  )

  it.each([
    'Update files',
    'feat: ends with a stop.',
    'feature(core): unknown kind',
    'feat(core) no colon',
    `feat: ${'long '.repeat(20)}subject`,
  ])('refuses "%s"', (subject) => {
    expect(commitSubjects.isConventional(subject)).toBe(false)
  })

  it('reads the history, without what the upstream branch already has', () => {
    const git = (...args) => execFileSync('git', args, { cwd: root, stdio: 'ignore' })
    const commit = (subject) => {
      const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'core.hooksPath=']
      git(...who, 'commit', '--allow-empty', '-m', subject)
    }
    git('init', '--initial-branch=main')
    commit('something imported')
    expect(commitSubjects.findProblems(root)).toEqual([
      expect.stringMatching(/something imported$/),
    ])

    git('branch', 'published')
    git('branch', '--set-upstream-to=published')
    expect(commitSubjects.findProblems(root)).toEqual([])
    commit('more work')
    expect(commitSubjects.findProblems(root)).toEqual([expect.stringMatching(/more work$/)])
  })
})

describe('leftovers', () => {
  it.each([
    `// ${'TO'}DO: later`,
    `-----BEGIN EC ${'PRIVATE'} KEY-----`,
    `const id = '${'AKIA'}IOSFODNN7EXAMPLE'`,
    `postgres://me:${'pass'}@db.example.org/x`,
    `it${'.only'}('works', () => {})`,
  ])('finds %s, and tells only where', (line) => {
    write('packages/core/src/a.ts', `fine\n${line}\n`)
    expect(leftovers.findProblems(root)).toEqual([
      expect.stringMatching(/^packages\/core\/src\/a\.ts:2: an? [a-z ]+$/),
    ])
  })

  it('accepts ordinary text, and does not look at what is built or installed', () => {
    write(
      'README.md',
      'Set DATABASE_URL=postgres://$USER:$PASSWORD@host/db, then see http://a.b:80/@x\n',
    )
    write('node_modules/a/index.js', `// ${'TO'}DO\n`)
    expect(leftovers.findProblems(root)).toEqual([])
  })
})

describe('errors provoked', () => {
  it('names the codes that no test mentions', () => {
    write('packages/protocol/src/errors.ts', '  CODE_USED: [409],\n  CODE_USED_UP: [409],\n')
    write('packages/core/src/a.test.ts', "expect(answer).toBe('CODE_USED')\n")
    expect(errorsProvoked.findProblems(root)).toEqual(['CODE_USED_UP'])
  })
})

describe('format and lint', () => {
  it('reports a file that Biome refuses', () => {
    write('biome.json', '{}\n')
    write('a.js', 'export const a = 1;\n')
    expect(formatAndLint.findProblems(root)).toEqual([])
    write('a.js', 'export  const a=1')
    expect(formatAndLint.findProblems(root)).toEqual([expect.stringContaining('a.js')])
  })
})

function writePackage(folder, dependencies) {
  const name = folder.replace(/^packages/, '@campus-ecode')
  write(`${folder}/package.json`, JSON.stringify({ name, dependencies }))
}

function write(file, content) {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), content)
}
