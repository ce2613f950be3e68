// Reads damaged files for as long as is wanted, each form in turn, with the mutations of the tests (test/mutation/):
//   node scripts/fuzz.mjs [--minutes 60] [--seed 1] [--form sav] [--log FILE]
//   node scripts/fuzz.mjs --form sav --seed 1 --case 1234 [--save FILE]   one case again, or its file
// A case must end in rows or in one line for the user: not in another error, in more than 20 seconds of processor time, or in
// memory without bound. Each that does not is printed with form, seed and number, and the run goes on; it then ends with 1.
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compileTests } from './compile.mjs'

/** Seconds of processor time that a form has before it is the next one's turn. */
const turnSeconds = 20
/** Seconds of processor time after which a case hangs, and of any time: other work may keep it waiting. */
const mostCaseSeconds = 20
const mostWaitSeconds = 600
const child = new URL('../dist-test/mutation/fuzz-child.js', import.meta.url).pathname

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    form: { type: 'string', multiple: true },
    case: { type: 'string' },
    save: { type: 'string' },
    log: { type: 'string' },
  },
})
process.chdir(new URL('..', import.meta.url).pathname)
compileTests()
const { mutationForms } = await import('../dist-test/mutation/mutation-case.js')
const seed = Number(values.seed)
const forms = values.form ?? mutationForms
for (const form of forms) {
  if (mutationForms.includes(form)) continue
  console.error(`no form ${form}; expected ${mutationForms.join(', ')}`)
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'wvs-fuzz-'))
const progressFile = join(folder, 'progress')
const totals = new Map(forms.map((form) => [form, { next: 0, read: 0, refused: 0, failed: 0 }]))

function say(line) {
  console.log(line)
  if (values.log !== undefined) appendFileSync(values.log, `${line}\n`)
}

/** Runs the cases of a form from its next one on; what it prints and how it ended go into the totals. */
async function turn(form, seconds) {
  const total = totals.get(form)
  rmSync(progressFile, { force: true })
  const task = { form, seed, from: total.next, seconds, progressFile, ...(values.save && { saveTo: values.save }) }
  const running = spawn(process.execPath, ['--max-old-space-size=1024', child, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = ['', '']
  running.stdout.on('data', (data) => {
    output[0] += data
  })
  running.stderr.on('data', (data) => {
    output[1] = (output[1] + data).slice(-4000)
  })
  let last = -1
  let since = { waited: Date.now(), used: 0 }
  let hangs = false
  const watch = setInterval(() => {
    const [number] = underWay()
    const now = { waited: Date.now(), used: processorSeconds(running.pid) }
    if (number !== last) since = now
    last = number
    hangs ||= now.used - since.used > mostCaseSeconds || now.waited - since.waited > mostWaitSeconds * 1000
    if (hangs) running.kill('SIGKILL')
  }, 500)
  const ended = await new Promise((resolve) => running.on('close', (code, signal) => resolve(signal ?? code)))
  clearInterval(watch)
  let done
  for (const line of output[0].split('\n').filter(Boolean)) {
    const message = JSON.parse(line)
    if (message.kind === 'done') done = message
    else fail(form, message.number, message.message)
  }
  if (done !== undefined) {
    total.next = done.next
    total.read += done.read
    total.refused += done.refused
  } else if (values.save === undefined) {
    const [at, read, refused] = underWay()
    const number = Math.max(total.next, at)
    fail(form, number, hangs ? `does not end in ${mostCaseSeconds} s` : `the process ended with ${ended}: ${output[1]}`)
    total.next = number + 1
    total.read += read
    total.refused += refused
  }
}

/** What a process has used, as Linux tells it; elsewhere 0, and only waiting counts. */
function processorSeconds(pid) {
  try {
    // The name of the program, in brackets, may hold spaces; behind it stand the times as the 12th and 13th, in hundredths.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return 0
  }
}

/** The case that the child is at, -1 before its first, and how many have been read and refused. */
function underWay() {
  const bytes = readFileSync(progressFile, { flag: 'a+' })
  return bytes.length < 24 ? [-1, 0, 0] : [0, 8, 16].map((offset) => bytes.readDoubleLE(offset))
}

function fail(form, number, message) {
  totals.get(form).failed++
  say(`FAILED form ${form}, seed ${seed}, case ${number}: ${message}`)
}

function sayTotals() {
  for (const [form, { next, read, refused, failed }] of totals) {
    say(`${form.padEnd(12)} ${next} mutations: ${read} read, ${refused} refused, ${failed} failed`)
  }
}

const begun = Date.now()
if (values.case !== undefined) {
  for (const form of forms) {
    totals.get(form).next = Number(values.case)
    await turn(form, 0)
  }
} else {
  const end = begun + Number(values.minutes) * 60_000
  for (let round = 1; Date.now() < end; round++) {
    for (const form of forms) {
      if (Date.now() >= end) break
      await turn(form, Math.min(turnSeconds, (end - Date.now()) / 1000))
    }
    say(`--- round ${round}, ${((Date.now() - begun) / 60_000).toFixed(1)} minutes, seed ${seed}`)
    sayTotals()
  }
}
rmSync(folder, { recursive: true })
process.exitCode = [...totals.values()].some(({ failed }) => failed > 0) ? 1 : 0
