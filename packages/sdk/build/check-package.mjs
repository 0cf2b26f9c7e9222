import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

// What somebody gets who installs our package: packed as it is published, then looked at from outside.
// Prints one line for each problem.

/** It is ESM only, and its sub-paths need `exports`: node10 has neither, CommonJS reaches it by import(). */
const EXPECTED = [
  ({ kind }) => kind === 'CJSResolvesToESM',
  ({ kind, resolutionKind }) => kind === 'NoResolution' && resolutionKind === 'node10',
]

const OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  target: 'es2022',
  lib: ['es2022', 'dom'],
  types: [],
  preserveSymlinks: false,
}
const PAGE = `
import { create, ECodeError, type ECodeInstance, type ECodeOptions, signIn } from '@campus-ecode/sdk'
import type { CampusEcodeElement } from '@campus-ecode/sdk/element'
import { CampusEcode as ForReact, type CampusEcodeHandle } from '@campus-ecode/sdk/react'
import { CampusEcode as ForVue } from '@campus-ecode/sdk/vue'
import { createElement, createRef } from 'react'
import { h } from 'vue'

const session: ECodeOptions['session'] = async (thumbprint) => ({ token: thumbprint, expiresAt: '' })
const options = { baseUrl: 'https://pay.school.edu', school: '1001', subject: 's', session }
const ecode: ECodeInstance = create({ ...options, screens: ['card', 'pay'], theme: { care: true } })
ecode.on('paid', ({ amountFen }) => amountFen.toFixed())
ecode.on('error', (error: ECodeError) => error.code === 'LOAD_FAILED' && error.retryable)
// @ts-expect-error There is no such screen.
ecode.update({ screen: 'shop' })
// @ts-expect-error A widget of the npm package has to know where the BFF is.
create({ school: '1001', subject: 's', session })
const signedIn: Promise<{ subject: string }> = signIn({ baseUrl: options.baseUrl, school: '1001' })

const ref = createRef<CampusEcodeHandle>()
createElement(ForReact, { ...options, ref, onPaid: ({ amountFen }) => amountFen.toFixed() })
// @ts-expect-error A person is missing.
createElement(ForReact, { baseUrl: '', school: '1001', session })
h(ForVue, { ...options, onPaid: ({ amountFen }) => amountFen.toFixed() })
const element: CampusEcodeElement = document.createElement('campus-ecode')
element.theme = { scheme: 'dark' }
export { signedIn }
`

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'campus-ecode-package-'))
try {
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  const tarball = join(folder, filename)
  const problems = [
    ...checkContents(files.map(({ path }) => path)),
    ...(await checkExports(tarball)),
    ...(await checkTypes(tarball)),
    ...checkInstalled(tarball),
  ]
  for (const problem of problems) console.log(problem)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Sources, tests and machine-made caches stay at home. */
function checkContents(paths) {
  return paths
    .filter(
      (path) => !/^(dist\/(npm|declarations|offline)\/|(package\.json|README\.md)$)/.test(path),
    )
    .map((path) => `the package holds ${path}`)
}

async function checkExports(tarball) {
  const pkg = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { messages } = await publint({ pack: { tarball: toBuffer(tarball) }, level: 'warning' })
  return messages.map((message) => `publint: ${formatMessage(message, pkg)}`)
}

async function checkTypes(tarball) {
  const data = createPackageFromTarballData(new Uint8Array(readFileSync(tarball)))
  const { problems } = await checkPackage(data, {
    excludeEntrypoints: ['./package.json', /offline/],
  })
  return problems
    .filter((problem) => !EXPECTED.some((isExpected) => isExpected(problem)))
    .map(({ kind, ...where }) => `types: ${kind} ${JSON.stringify(where)}`)
}

/** An empty project that installs it without a network and is type-checked, libraries included. */
function checkInstalled(tarball) {
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{"name":"stranger","private":true,"type":"module"}')
  const install = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball]
  execFileSync('npm', install, { cwd: project, stdio: 'ignore' })
  // Theirs, as they would have them already.
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true })
  for (const name of ['react', 'vue', '@types/react']) {
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
  }
  writeFileSync(join(project, 'page.ts'), PAGE)
  const tsc = join(root, '../../node_modules/typescript/bin/tsc')
  return [
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ].flatMap(([module, moduleResolution]) => {
    const options = { module, moduleResolution, ...OPTIONS }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }))
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project], {
      encoding: 'utf8',
    })
    return status === 0
      ? []
      : stdout
          .trim()
          .split('\n')
          .map((line) => `${moduleResolution}: ${line}`)
  })
}

function toBuffer(file) {
  const { buffer, byteOffset, byteLength } = readFileSync(file)
  return buffer.slice(byteOffset, byteOffset + byteLength)
}
