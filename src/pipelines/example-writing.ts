import { ByteWriter } from '../formats/byte-writer.js'
import { StagePool } from '../pool/pool.js'
import { exportColumns } from '../stages/export-columns.js'
import {
  ExampleLines,
  type ExampleRange,
  type WriteExamplesOptions,
  type WrittenExamples,
} from '../stages/write-examples.js'
import type { OrderedExamples } from './example-order.js'
import { exampleData } from './export-plan.js'
import { type ExportRunOptions, type ExportSurvey, threadsOf } from './export-survey.js'

/** The address of the module whose workers write the lines. */
const writeModule = new URL('../stages/write-examples.js', import.meta.url).href

/** Bytes that are written at a time, about. */
const rangeBytes = 4 << 20

/** The same of a row group: fewer and longer ones read better. */
const rowGroupBytes = 16 << 20

/** Lines from which the length of all is judged. */
const sampledLines = 500

/** What the workers that write the examples of a survey are built from. */
export function writingOptions(survey: ExportSurvey, ordered: OrderedExamples): WriteExamplesOptions {
  const { plan } = survey
  const { format, request, container, compression, seed, contextAnswers, fewShot, demographicsPerExample } =
    plan.options
  const { donors, splitEnds: _, ...examples } = ordered
  return {
    data: exampleData(plan, survey.respondents),
    line: { format, request },
    ...(container === 'parquet' ? { columns: exportColumns(format, plan.data) ?? [] } : {}),
    templates: plan.templates,
    examples,
    draws: {
      seed,
      contextAnswers,
      fewShot,
      donors,
      ...(demographicsPerExample === undefined ? {} : { demographicsPerExample }),
    },
    compression,
  }
}

/** Lines of examples evenly spread over all of them; what they say of the rest hangs on the data alone. */
export function sampleLines(options: WriteExamplesOptions, count = sampledLines): string[] {
  const total = options.examples.order.length
  const { columns: _, ...asLines } = options
  // They are too few for what is kept of all respondents where lines are scattered.
  const lines = new ExampleLines({ ...asLines, examples: { ...options.examples, scattered: false } })
  const out = new ByteWriter(1 << 12)
  const sampled: string[] = []
  for (let index = 0; index < Math.min(count, total); index++) {
    const place = Math.floor((index * total) / Math.min(count, total))
    out.clear()
    lines.write(out, place, place + 1)
    sampled.push(Buffer.from(out.view()).toString())
  }
  return sampled
}

/** A run of examples that belong into one file, in the ranges in which they are written. */
export interface ExampleStretch {
  from: number
  to: number
}

/**
 * Writes stretches of the examples, each in order, `lanes` of them side by side: `take` gets the bytes of each range with
 * the number of its stretch, those of one stretch one after the other, and must be done with them when it resolves, since
 * the buffer is used again.
 */
export async function writeStretches(
  writing: WriteExamplesOptions,
  { stretches, lanes }: { stretches: readonly ExampleStretch[]; lanes: number },
  options: ExportRunOptions,
  take: (stretch: number, written: WrittenExamples) => Promise<void>,
): Promise<void> {
  const sample = sampleLines(writing)
  const lineBytes = sample.reduce((sum, line) => sum + Buffer.byteLength(line), 0) / Math.max(1, sample.length)
  const wanted = writing.columns === undefined ? rangeBytes : rowGroupBytes
  const rows = Math.max(1, Math.floor(wanted / Math.max(1, lineBytes)))
  const bufferBytes = Math.ceil(rows * lineBytes * 1.1) + (1 << 16)
  const reuses = writing.compression === 'none' && writing.columns === undefined
  const spare: ArrayBuffer[] = []
  const places: LanePlace[] = []
  function* ranges(): Generator<ExampleRange> {
    for (const place of placesInLanes(stretches, lanes, rows)) {
      const range = { index: places.length, from: place.from, to: place.to }
      places.push(place)
      yield reuses ? { ...range, buffer: spare.pop() ?? new ArrayBuffer(bufferBytes) } : range
    }
  }
  const { signal } = options
  const pool = new StagePool<ExampleRange, WrittenExamples>(
    { chainModule: writeModule, plan: writing },
    { threads: threadsOf(options), ...(signal === undefined ? {} : { signal }) },
    ({ buffer }) => (buffer === undefined ? [] : [buffer]),
  )
  const total = writing.examples.order.length
  let done = 0
  const takeUp = async (stretch: number, written: WrittenExamples) => {
    await take(stretch, written)
    if (reuses && written.bytes.buffer instanceof ArrayBuffer) spare.push(written.bytes.buffer)
    done += written.rows
    options.onProgress?.({ step: 'writing', done, total })
  }
  /** What each lane does at the moment. */
  const underway = Array.from({ length: lanes }, () => Promise.resolve())
  try {
    for await (const written of pool.map(ranges())) {
      const { stretch, lane } = places[written.index]
      await underway[lane]
      underway[lane] = takeUp(stretch, written)
      // A rejection is met when the lane's turn comes; until then it must not count as unhandled.
      underway[lane].catch(() => {})
    }
    await Promise.all(underway)
  } finally {
    await Promise.allSettled(underway)
    await pool.close()
  }
}

interface LanePlace extends ExampleStretch {
  stretch: number
  lane: number
}

/** Cuts stretches into ranges, taking turns among the lanes; a lane that ends its stretch takes up the next one. */
function* placesInLanes(stretches: readonly ExampleStretch[], lanes: number, rows: number): Generator<LanePlace> {
  const waiting = stretches.entries()
  const open = new Set(Array.from({ length: lanes }, (_, lane) => lanePlaces(waiting, lane, rows)))
  while (open.size > 0) {
    for (const places of open) {
      const { done, value } = places.next()
      if (done) open.delete(places)
      else yield value
    }
  }
}

function* lanePlaces(
  waiting: IterableIterator<[number, ExampleStretch]>,
  lane: number,
  rows: number,
): Generator<LanePlace, undefined> {
  for (const [stretch, { from, to }] of waiting) {
    for (let start = from; start < to; start += rows) {
      yield { stretch, lane, from: start, to: Math.min(start + rows, to) }
    }
  }
}
