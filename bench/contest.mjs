// Commands that do the same work, run in turn, round after round.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { dataFolder } from './inputs.mjs'
import { measure, median } from './measure.mjs'
import { megabytes } from './report.mjs'

/**
 * Runs each command in an empty output folder, whose name stands for the word OUTPUT in it. The first round warms the
 * page cache and is not counted, unless it is the only one.
 *
 * @param {object} options
 * @param {string} options.name name of the job, for what is said on the way
 * @param {Record<string, readonly string[]>} options.commands command line of each contender
 * @param {number} options.runs counted runs
 * @param {boolean} options.warm whether a round that is not counted goes first
 * @param {(line: string) => void} options.say
 * @param {(contender: string, output: string, run: import('./measure.mjs').Measurement) => void} [options.onFirst] told
 *   of each contender's first run before its output folder is emptied
 * @returns {Promise<{ [contender: string]: import('./report.mjs').ContenderResult }>}
 */
export async function contest({ name, commands, runs, warm, say, onFirst }) {
  const results = {}
  for (let round = warm ? 0 : 1; round <= runs; round++) {
    for (const [contender, command] of Object.entries(commands)) {
      const output = join(dataFolder, 'output')
      rmSync(output, { recursive: true, force: true })
      mkdirSync(output, { recursive: true })
      const run = await measure(command.map((word) => (word === 'OUTPUT' ? output : word)))
      say(
        `${name} ${round}/${runs} ${contender}: ${run.seconds.toFixed(2)} s, ${run.processor} s of processor, ${megabytes(run.memory)} MB`,
      )
      if (results[contender] === undefined) {
        results[contender] = { seconds: [], processor: [], memory: [], outputBytes: undefined }
        onFirst?.(contender, output, run)
      }
      rmSync(output, { recursive: true, force: true })
      // What one contender wrote is not to reach the disk in the next one's time.
      spawnSync('sync')
      if (round === 0) continue
      results[contender].seconds.push(run.seconds)
      results[contender].processor.push(run.processor)
      results[contender].memory.push(run.memory)
    }
  }
  return results
}

/** How many times as long as the first contender the second took. */
export function timesAsLong(results, first, second) {
  return median(results[second].seconds) / median(results[first].seconds)
}
