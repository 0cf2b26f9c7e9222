import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT, run } from './lib/workspace.mjs'

const requireInE2e = createRequire(join(ROOT, 'e2e/package.json'))

const SYSTEM_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/** @returns The path of a Chromium that runs: the given one, the system's, Playwright's, or undefined. */
export function findChromium(env = process.env) {
  if (env.CHROMIUM_PATH) {
    if (isBrowser(env.CHROMIUM_PATH)) return env.CHROMIUM_PATH
    throw new Error(`CHROMIUM_PATH is not a browser that runs: ${env.CHROMIUM_PATH}`)
  }
  return [...SYSTEM_PATHS, requireInE2e('playwright').chromium.executablePath()].find(isBrowser)
}

/** A Chromium that can draw Chinese, installed if there is none. */
export function ensureChromium() {
  const found = findChromium()
  if (found) {
    ensureChineseFont()
    return found
  }
  if (canUseApt()) tryAptInstall('chromium')
  if (!findChromium()) installPlaywrightChromium()
  ensureChineseFont()
  const installed = findChromium()
  if (!installed) throw new Error('no Chromium: install one, or set CHROMIUM_PATH')
  return installed
}

/** Runs it, because Ubuntu's package only says "snap install chromium". */
function isBrowser(path) {
  if (!existsSync(path)) return false
  if (process.platform === 'win32') return true // --version opens a window there.
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 30_000 })
  return status === 0 && /Chrom|Edge/.test(stdout)
}

function ensureChineseFont() {
  if (process.platform !== 'linux') return
  const { stdout } = spawnSync('fc-list', [':lang=zh'], { encoding: 'utf8' })
  if (stdout) return
  if (canUseApt()) tryAptInstall('fontconfig', 'fonts-noto-cjk')
  else console.error('no font with Chinese characters found: screenshots will show boxes')
}

function canUseApt() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
}

function tryAptInstall(...packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    run('apt-get', ['update'], { env })
    run('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], { env })
  } catch (error) {
    console.error(error.message)
  }
}

function installPlaywrightChromium() {
  const cli = join(requireInE2e.resolve('playwright/package.json'), '../cli.js')
  const systemLibraries = process.getuid?.() === 0 ? ['--with-deps'] : []
  run(process.execPath, [cli, 'install', ...systemLibraries, 'chromium'])
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(ensureChromium())
