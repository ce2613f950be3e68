// One command in a process of its own: how long it takes and how much memory it ever holds.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Milliseconds between two looks at a process. */
const pollInterval = 10
/** Clock ticks a second in /proc/PID/stat: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

/**
 * @typedef {object} Measurement
 * @property {number} seconds wall time from start to exit
 * @property {number | null} memory largest resident set of the whole process with all its threads, in bytes; null where
 *   the system does not tell (it is read from /proc, so on Linux only)
 * @property {number | null} processor processor time of all its threads, user and system, in seconds; null as above. It
 *   tells work from waiting where other processes keep the machine busy
 * @property {string} output what the process printed
 */

/**
 * Runs a command to its end and measures it. The kernel keeps the high-water mark of a process's resident set itself, so
 * that looking every 10 ms can only miss a peak in the last 10 ms before the exit. (`wait4` has it too, but Node does not
 * pass it on, and it starts from the size of the process that forked.) The contenders start threads, not processes.
 *
 * @param {readonly string[]} command program and arguments
 * @param {{ cwd?: string, discard?: boolean }} [options] with `discard` its standard output is a null sink
 * @returns {Promise<Measurement>}
 */
export function measure([program, ...args], { cwd, discard = false } = {}) {
  return new Promise((resolve, reject) => {
    let memory = null
    let processor = null
    let output = ''
    let errors = ''
    const started = performance.now()
    const child = spawn(program, args, { cwd, stdio: ['ignore', discard ? 'ignore' : 'pipe', 'pipe'] })
    const timer = setInterval(() => {
      memory = residentPeak(child.pid) ?? memory
      processor = processorTime(child.pid) ?? processor
    }, pollInterval)
    let seconds = 0
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text
    })
    child.on('error', (error) => {
      clearInterval(timer)
      reject(error)
    })
    child.on('exit', () => {
      seconds = (performance.now() - started) / 1000
      clearInterval(timer)
    })
    child.on('close', (code, signal) => {
      if (code === 0) resolve({ seconds, memory, processor, output })
      else reject(new Error(`${[program, ...args].join(' ')} ended with ${signal ?? `exit code ${code}`}\n${errors}`))
    })
  })
}

/** Bytes of the process's largest resident set so far, undefined once it has gone or where there is no /proc. */
function residentPeak(pid) {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}

/** Seconds of processor time that the process has had so far, undefined as above. */
function processorTime(pid) {
  try {
    // The second field, the program's name, may hold blanks; user and system time are the 12th and 13th after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {
    return undefined
  }
}

/** @param {readonly number[]} values at least one */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
