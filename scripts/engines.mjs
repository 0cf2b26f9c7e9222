import { spawn } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What the end-to-end tests use beside Chromium, where it is there. Named as Debian has it. */
const ENGINES = {
  Firefox: { programs: ['firefox-esr'], packages: ['firefox-esr'] },
  WebKit: {
    programs: ['WebKitWebDriver', 'Xvfb'],
    packages: ['webkit2gtk-driver', 'xvfb', 'xauth'],
  },
}
/** Whatever is not here by then is not tested, and said so. */
const INSTALL_TIMEOUT_SECONDS = 240

/**
 * Begins to install what is missing, where this is Debian and we may; other work goes on meanwhile.
 * Settles when there is nothing more to wait for, never rejects.
 */
export async function installEngines() {
  const packages = listMissing().flatMap(([, { packages }]) => packages)
  if (packages.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const install = 'apt-get update && apt-get install --yes --no-install-recommends "$@"'
  const args = ['--kill-after=10', INSTALL_TIMEOUT_SECONDS, 'sh', '-c', install, 'sh', ...packages]
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const child = spawn('timeout', args.map(String), { stdio: 'ignore', env })
  await new Promise((done) => child.once('exit', done).once('error', done))
}

/** One line for the end of a run: which engines it was about, and which it was not. */
export function describeEngines(path = process.env.PATH) {
  const missing = listMissing(path)
  const tested = Object.keys(ENGINES).filter((name) => !missing.some(([each]) => each === name))
  const lacking = missing.map(
    ([name, { packages }]) => `${name} (apt-get install ${packages.join(' ')})`,
  )
  return [
    `engines: ${['Chromium', ...tested].join(', ')}`,
    ...(lacking.length > 0 ? [`NOT TESTED: ${lacking.join(', ')}`] : []),
  ].join('; ')
}

function listMissing(path = process.env.PATH) {
  const folders = (path ?? '').split(delimiter)
  const isThere = (program) => folders.some((folder) => canRun(join(folder, program)))
  return Object.entries(ENGINES).filter(([, { programs }]) => !programs.every(isThere))
}

function canRun(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
