import { openSync, writeFileSync, writeSync } from 'node:fs'
import { MutationCases } from './mutation-case.js'

/** What the child of a fuzz run is asked for, as its only argument in JSON. */
export interface FuzzTask {
  form: string
  seed: number
  /** The first case. */
  from: number
  /** Processor time that it has; a case that is under way ends. */
  seconds: number
  /**
   * Takes the number of the case under way, of those that read and of those refused, eight bytes each, so that they are
   * known even of a child that hangs or is gone.
   */
  progressFile: string
  /** Where the damaged file of the first case is to go; nothing is read then. */
  saveTo?: string
}

/** What it prints, a line of JSON each: failures, and last what was done. */
export type FuzzMessage =
  | { kind: 'failure'; number: number; message: string }
  | { kind: 'done'; next: number; read: number; refused: number }

const task: FuzzTask = JSON.parse(process.argv[2])
const progress = openSync(task.progressFile, 'w')
const cases = new MutationCases(task.form, task.seed)
let number = task.from
let read = 0
let refused = 0

function usedMicroseconds({ user, system }: NodeJS.CpuUsage): number {
  return user + system
}

function tell(message: FuzzMessage): void {
  writeSync(1, `${JSON.stringify(message)}\n`)
}

// What is thrown outside of the case's promise ends the child; its parent goes on behind the case.
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error: unknown) => {
    tell({ kind: 'failure', number, message: `${event}: ${error instanceof Error ? error.stack : error}` })
    tell({ kind: 'done', next: number + 1, read, refused })
    process.exit(0)
  })
}

if (task.saveTo !== undefined) {
  writeFileSync(task.saveTo, cases.damagedFile(number))
  process.exit(0)
}
await cases.readSound()
const end = process.cpuUsage()
end.user += task.seconds * 1e6
for (; number === task.from || usedMicroseconds(process.cpuUsage()) < usedMicroseconds(end); number++) {
  writeSync(progress, Float64Array.of(number, read, refused), 0, 24, 0)
  try {
    if (await cases.run(number)) read++
    else refused++
  } catch (error) {
    tell({ kind: 'failure', number, message: error instanceof Error ? error.message : String(error) })
    // Memory that has grown once stays so: a new child measures anew.
    if (/memory grew/.test(String(error))) {
      number++
      break
    }
  }
}
tell({ kind: 'done', next: number, read, refused })
