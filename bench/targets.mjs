// What the project set out to reach on two cores, beside what a run saw.
import { median } from './measure.mjs'
import { peak } from './report.mjs'

/**
 * @param {{ [job: string]: import('./report.mjs').JobResult }} results
 * @param {number} surveyBytes size of the survey file
 * @returns {string[][]} rows of a table: what, target, seen, met or missed; only those that the results tell something of
 */
export function targets(results, surveyBytes) {
  const seconds = (job, contender) => median(results[job].contenders[contender].seconds)
  const memory = (job, contender) => peak(results[job].contenders[contender].memory)
  const times = (job, contender) => seconds(job, contender) / seconds(job, 'wvs')
  const rows = [
    () => atLeast('(a) faster than Polars', 4, times('wide', 'polars'), ' times'),
    () => atLeast('(a) faster than DuckDB', 15, times('wide', 'duckdb'), ' times'),
    () => atLeast('(b) faster than Polars', 1, times('narrow', 'polars'), ' times'),
    () => atLeast('(b) faster than DuckDB', 4, times('narrow', 'duckdb'), ' times'),
    () => atLeast('(c) faster than pandas', 15, times('recipe', 'pandas'), ' times'),
    () => atMost('(a) in multiples of the floor', 4, seconds('wide', 'wvs') / seconds('floor', 'floor'), ' times'),
    () => atLeast('the floor', 500, surveyBytes / 1e6 / seconds('floor', 'floor'), ' MB/s'),
    () => atMost('(a) peak memory', 300, memory('wide', 'wvs') / 1e6, ' MB'),
    () => atMost("(a) peak memory against Polars's", 1 / 3, memory('wide', 'wvs') / memory('wide', 'polars'), ' times'),
    () =>
      atMost(
        '(a) peak memory for an input 5 times as long',
        1.1,
        memory('memory', 'wvs') / memory('wide', 'wvs'),
        ' times',
      ),
    () => atMost('`wvs --help`', 150, seconds('help', 'wvs') * 1000, ' ms'),
  ]
  return rows.flatMap((row) => {
    try {
      return [row()]
    } catch {
      // A job or a contender that was left out or absent.
      return []
    }
  })
}

/** A row of the table: what is to be at least so much. */
export function atLeast(what, target, seen, unit) {
  return [what, `at least ${figure(target)}${unit}`, `${figure(seen)}${unit}`, seen >= target ? 'met' : 'missed']
}

/** A row of the table: what is to be at most so much. */
export function atMost(what, target, seen, unit) {
  return [what, `at most ${figure(target)}${unit}`, `${figure(seen)}${unit}`, seen <= target ? 'met' : 'missed']
}

function figure(value) {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
}
