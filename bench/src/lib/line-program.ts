import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A program that answers each line of its input, a question in JSON, with a line. */
export interface LineProgram {
  ask<Answer>(question: unknown): Promise<Answer>
  pid: number
  stop(): Promise<void>
}

/** Starts a compiled program of ours and waits for its first line. */
export async function startLineProgram(
  entry: URL,
  env: Record<string, string>,
  args: string[] = [],
): Promise<LineProgram> {
  const child = spawn(process.execPath, [fileURLToPath(entry), ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const read = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${entry.pathname} ended`)
    return JSON.parse(value)
  }
  await read()
  return {
    pid: child.pid ?? 0,
    ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      return read()
    },
    async stop() {
      child.stdin.end()
      const killer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(killer)
    },
  }
}
