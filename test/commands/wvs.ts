import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '#src/pipelines/manifest.js'
import { cliFile } from '../project.js'

/** How a command ended and what it printed. */
export interface Outcome {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface RunningCommand {
  process: ChildProcess
  outcome: Promise<Outcome>
}

/** Starts the built command line. */
export function startWvs(args: string[], options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}): RunningCommand {
  const child = spawn(process.execPath, [cliFile, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    env: { ...process.env, ...options.env },
  })
  const outcome = new Promise<Outcome>((resolve, reject) => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve({
        code,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      }),
    )
  })
  return { process: child, outcome }
}

/** Runs the built command line to its end. */
export function wvs(...args: string[]): Promise<Outcome> {
  return startWvs(args).outcome
}

/** Runs `wvs build`, which must succeed, and gives its manifest. */
export async function build(input: string, out: string, ...flags: string[]): Promise<Manifest> {
  const { code, stderr } = await wvs('build', input, '--out', out, '--quiet', ...flags)
  if (code !== 0) throw new Error(`wvs build ${flags.join(' ')} ended with ${code}: ${stderr}`)
  return readManifest(out)
}

export function readManifest(out: string): Manifest {
  return JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
}

/** Paths of all files under a folder, hidden ones too, sorted. */
export function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return []
  return (
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      // A run under way may have moved a file since it was listed.
      .filter((path) => statSync(join(folder, path), { throwIfNoEntry: false })?.isFile() ?? false)
      .sort()
  )
}

/** SHA-256 of every file under a folder, by path. */
export function hashesUnder(folder: string): Record<string, string> {
  return Object.fromEntries(filesUnder(folder).map((path) => [path, sha256(readFileSync(join(folder, path)))]))
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
