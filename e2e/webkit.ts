import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { findFreePort } from '@campus-ecode/processes/free-ports'
import { Builder, error, type WebDriver, type WebElement } from 'selenium-webdriver'
import { vi } from 'vitest'
import { keepPicture } from './shoot.ts'

const DRIVER = 'WebKitWebDriver'
const SCREEN = '800x1200x24'
const START_TIMEOUT_MS = 30_000
const SCRIPT_TIMEOUT_MS = 5_000
const WAIT_MS = 45_000

/**
 * A real WebKit: WebKitGTK's own small browser, driven by its own driver on a screen that is nowhere.
 * Debian: `apt-get install webkit2gtk-driver xvfb`. Its network, storage, cryptography and memory of
 * pages are those of Safari; its camera, motion and narrow widths are not.
 */
export class WebKit {
  readonly driver: WebDriver
  readonly #processes: ChildProcess[]

  private constructor(driver: WebDriver, processes: ChildProcess[]) {
    this.driver = driver
    this.#processes = processes
  }

  /** What this machine lacks for it, in words; nothing where all is there. */
  static findMissing(): string | undefined {
    const missing = [DRIVER, 'Xvfb'].filter((program) => !findProgram(program))
    if (!findBrowser()) missing.push('MiniBrowser')
    return missing.length ? `no ${missing.join(', no ')}` : undefined
  }

  /** Takes certificates that nobody has signed, as those of `https-front.ts`. */
  static async launch(): Promise<WebKit> {
    const missing = WebKit.findMissing()
    if (missing) throw new Error(`WebKit cannot be started here: ${missing}`)
    const processes: ChildProcess[] = []
    try {
      // It says which display number was free.
      const args = ['-displayfd', '1', '-screen', '0', SCREEN, '-nolisten', 'tcp']
      const screen = spawn('Xvfb', args, { stdio: ['ignore', 'pipe', 'ignore'] })
      processes.push(screen)
      const display = `:${await readLine(screen)}`
      const port = await findFreePort()
      const env = { ...process.env, DISPLAY: display }
      processes.push(spawn(DRIVER, [`--port=${port}`], { stdio: 'ignore', env }))
      const url = `http://127.0.0.1:${port}`
      await waitUntilReady(url)
      const driver = await new Builder()
        .usingServer(url)
        .withCapabilities({
          browserName: 'MiniBrowser',
          acceptInsecureCerts: true,
          // It would wait for ever for a page that comes back from memory, and answer nothing meanwhile.
          pageLoadStrategy: 'none',
          'webkitgtk:browserOptions': { binary: findBrowser(), args: ['--automation'] },
        })
        .build()
      // A script that a page takes with it when it goes never answers.
      await driver.manage().setTimeouts({ script: SCRIPT_TIMEOUT_MS })
      return new WebKit(driver, processes)
    } catch (error) {
      for (const each of processes) each.kill()
      throw error
    }
  }

  /** Resolves when the page that was there before is gone. */
  async goTo(url: string): Promise<void> {
    await this.driver.executeScript('window.isLeft = true')
    await this.driver.get(url)
    await vi.waitFor(
      async () => {
        const isLeft = await this.driver.executeScript<boolean>('return window.isLeft === true')
        if (isLeft) throw new Error(`it does not leave for ${url}`)
      },
      { timeout: WAIT_MS, interval: 50 },
    )
  }

  /** What is in sight in the widget, or in the frame that is open, and has this text. */
  async find(selector: string, text = ''): Promise<WebElement> {
    // Not by the driver's own wait, which gives up when a page goes away while it looks.
    return vi.waitFor(
      async () => {
        const found = await this.driver.executeScript<WebElement | null>(FIND, selector, text)
        if (!found) throw new Error(`there is no ${selector} with “${text}”`)
        return found
      },
      { timeout: WAIT_MS, interval: 200 },
    )
  }

  /** Taps what is found; again, if it was drawn anew in between. */
  async press(text: string, selector = 'button'): Promise<void> {
    for (;;) {
      try {
        return await (await this.find(selector, text)).click()
      } catch (thrown) {
        if (!(thrown instanceof error.StaleElementReferenceError)) throw thrown
      }
    }
  }

  /** Keeps a picture for people to look at. */
  async shoot(name: string): Promise<void> {
    const picture = await this.driver.takeScreenshot()
    await keepPicture(Buffer.from(picture, 'base64'), name)
  }

  async close(): Promise<void> {
    // A browser that is gone already is as good as closed.
    await this.driver.quit().catch(() => {})
    for (const each of this.#processes.reverse()) each.kill()
  }
}

/** The widget, or the page where there is none; for scripts of the driver. */
export const WIDGET = `(document.querySelector('#ecode')?.shadowRoot ?? document)`
const FIND = `return [...${WIDGET}.querySelectorAll(arguments[0])].find((element) =>
  element.getClientRects().length > 0 && !element.disabled && !element.closest('[inert]') &&
  element.textContent.includes(arguments[1])) ?? null`

function findProgram(name: string): string | undefined {
  const folders = process.env.PATH?.split(delimiter) ?? []
  return folders.map((folder) => join(folder, name)).find(canRun)
}

/** Where Debian, Fedora and Arch put what belongs to a library. */
function findBrowser(): string | undefined {
  const roots = ['/usr/lib', '/usr/libexec', '/usr/lib64'].filter(existsSync)
  const folders = roots.flatMap((root) => [
    root,
    ...readdirSync(root)
      .filter((name) => name.endsWith('-linux-gnu'))
      .map((name) => join(root, name)),
  ])
  const versions = ['webkit2gtk-4.1', 'webkitgtk-6.0', 'webkit2gtk-4.0']
  return folders
    .flatMap((folder) => versions.map((version) => join(folder, version, 'MiniBrowser')))
    .find(canRun)
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function readLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk) => {
      text += chunk
      if (text.includes('\n')) resolve(text.trim())
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)))
  })
}

async function waitUntilReady(url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const answer = await fetch(`${url}/status`).catch(() => undefined)
    if (answer?.ok) return
    if (Date.now() > deadline) throw new Error(`${DRIVER} does not answer`)
    await new Promise((done) => setTimeout(done, 50))
  }
}
