// The benchmark's figures as Markdown, and the place in the docs where they go.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { median } from './measure.mjs'

/**
 * @typedef {object} JobResult
 * @property {string} title
 * @property {{ [contender: string]: ContenderResult }} contenders
 *
 * @typedef {object} ContenderResult
 * @property {number[]} seconds wall time of each counted run
 * @property {(number | null)[]} processor processor time of each counted run, in seconds
 * @property {(number | null)[]} memory largest resident set of each counted run, in bytes
 * @property {number | undefined} outputBytes
 */

/**
 * A Markdown table of one job: median and range of the times, ratio to wvs, median processor time, peak memory, and the
 * size of what was written.
 *
 * @param {JobResult} result
 */
export function jobTable({ title, contenders }) {
  const own = contenders.wvs === undefined ? undefined : median(contenders.wvs.seconds)
  const rows = Object.entries(contenders).map(([name, { seconds, processor, memory, outputBytes }]) => [
    name,
    median(seconds).toFixed(2),
    `${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}`,
    own === undefined ? '' : `${(median(seconds) / own).toFixed(2)}`,
    processor.includes(null) ? 'unknown' : median(processor).toFixed(2),
    megabytes(peak(memory)),
    outputBytes === undefined ? '' : megabytes(outputBytes),
  ])
  const head = ['', 'median, s', 'range, s', 'time / wvs', 'processor, s', 'peak memory, MB', 'output, MB']
  return `### ${title}\n\n${table(head, rows)}`
}

/** Rows are right-aligned but for the first column. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  const rule = line(head.map((_, column) => (column === 0 ? '---' : '---:')))
  return `${[line(head), rule, ...rows.map(line)].join('\n')}\n`
}

/** @param {readonly (number | null)[]} memory */
export function peak(memory) {
  return memory.includes(null) ? null : Math.max(...memory)
}

/** @param {number | null} bytes */
export function megabytes(bytes) {
  return bytes === null ? 'unknown' : (bytes / 1e6).toFixed(0)
}

/** What the figures were measured on, as Markdown lines. */
export function machine(versions) {
  const [{ model }] = cpus()
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version ?? 'absent'}`)
  return [
    `- Date: ${new Date().toISOString().slice(0, 10)}`,
    `- Machine: ${cpus().length} cores (${model.trim()}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB of memory, ${type()} ${release()}`,
    `- Other work on the machine when it began: load average ${loadavg()[0].toFixed(1)}`,
    `- Versions: Node ${process.versions.node}, ${peers.join(', ')}`,
  ].join('\n')
}

/**
 * Puts a section into a Markdown file between its two markers, in place of what was there; makes file and markers where
 * they are absent.
 *
 * @param {string} path
 * @param {string} name name of the section in its markers
 * @param {string} text
 */
export function writeSection(path, name, text) {
  const start = `<!-- ${name}: start, written by the benchmark -->`
  const end = `<!-- ${name}: end -->`
  const section = `${start}\n\n${text.trim()}\n\n${end}`
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '# Benchmarks\n'
  const from = before.indexOf(start)
  const to = before.indexOf(end)
  const after =
    from < 0 || to < from
      ? `${before.trimEnd()}\n\n${section}\n`
      : before.slice(0, from) + section + before.slice(to + end.length)
  writeFileSync(path, after)
}
